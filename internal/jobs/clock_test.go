package jobs_test

import (
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/store/db"
)

// The database's clock cannot be set back here. What it leaves behind when it
// was can be written: times that lie ahead, in these tests by a minute, where
// nobody waits for longer than [until] does.

// held starts a worker with short leases that lists a source, and returns its
// job when it has the first page in its hands; release lets it go on.
func held(t *testing.T) (b *bundle, job string, release func()) {
	t.Helper()
	b = setup(t, 50)
	gate, entered := make(chan struct{}), make(chan struct{}, 100)
	b.source.before = func(int, int) error {
		entered <- struct{}{}
		<-gate
		return nil
	}
	b.start(t, func(c *jobs.Config) { c.Lease = time.Second })
	job = b.post(t)
	<-entered
	return b, job, func() { close(gate) }
}

// exec runs a statement of a test's own, which changes exactly one row.
func exec(t *testing.T, b *bundle, statement string, args ...any) {
	t.Helper()
	if tag, err := b.pool.Exec(t.Context(), statement, args...); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%s: %s, %v", statement, tag, err)
	}
}

func TestClockSetBackUnderADeadWorkersLease(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, leaves string }{
		{"claimed", "state = 'running', heartbeat_at = now() + interval '60 s', lease_until = now() + interval '61 s'"},
		{"passed on and not claimed", "state = 'ready', heartbeat_at = now() - interval '9 s', lease_until = now() + interval '65 s'"},
		{"waiting", `state = 'waiting', waiting_reason = 'retrying', heartbeat_at = now() + interval '60 s',
			retry_at = now() + interval '61 s', lease_until = now() + interval '63 s'`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b, job, release := held(t)
			// The worker that runs is fenced: another one, which is dead, has the lease.
			exec(t, b, "update sync_partitions set epoch = epoch + 1, task_id = null, "+test.leaves+" where job_id = $1", job)
			until(t, b, 1, "select takeovers from sync_partitions where job_id = $1", job)
			release()
			until(t, b, "succeeded", statusOf, job)
			expect(t, b, 50, "select count(*) from projects")
		})
	}
}

func TestClockSetBackUnderAJobsLease(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, leaves string }{
		{"claimed", "heartbeat_at = now() + interval '60 s', lease_until = now() + interval '61 s', status = 'running', started_at = now()"},
		{"never claimed", "lease_until = now() + interval '65 s'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 50)
			job := b.post(t)
			exec(t, b, "update sync_jobs set epoch = epoch + 1, task_id = null, "+test.leaves+" where id = $1", job)
			b.start(t, func(c *jobs.Config) { c.Lease = time.Second })
			until(t, b, "succeeded", statusOf, job)
		})
	}
}

func TestClockSetBackUnderAClosedSource(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	job := b.post(t)
	exec(t, b, `update sources set retry_reason = 'rate_limited',
		closed_at = now() + interval '10 minutes', retry_at = now() + interval '10 minutes 500 ms'`)
	b.start(t)
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, 50, "select count(*) from projects")
}

// A rate limit that is met before anybody noticed that the clock was set back
// does not make what it left behind into what the service asked for.
func TestClosingASourceWhoseClockWasSetBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, before, want string }{
		{"for longer than before", "closed_at = now() + interval '10 min', retry_at = now() + interval '10 min 20 s'", "30 s"},
		{"for less than before", "closed_at = now() + interval '10 min', retry_at = now() + interval '10 min 40 s'", "40 s"},
		{"after the other limit's end", "closed_at = now() - interval '10 min', retry_at = now() - interval '9 min'", "30 s"},
		{"for the first time", "closed_at = null, retry_at = null", "30 s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			b.post(t)
			exec(t, b, "update sources set "+test.before)
			const wait = 30 * time.Second
			if err := db.New(b.pool).CloseSource(t.Context(), db.CloseSourceParams{Name: "src", Wait: wait, Reason: new("rate_limited")}); err != nil {
				t.Fatal(err)
			}
			expect(t, b, true, `select closed_at between now() - interval '5 s' and now()
				and retry_at - closed_at between $1::interval - interval '5 s' and $1 from sources`, test.want)
		})
	}
}

func TestTaskWhoseTimeLiesAheadIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	job := b.post(t)
	exec(t, b, "update river_job set scheduled_at = now() + interval '60 s'")
	exec(t, b, "update sync_jobs set lease_until = now() + interval '65 s' where id = $1", job)
	b.start(t)
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, 50, "select count(*) from projects")
}

// A task that may run at once is dated by the database, as whatever else its
// transaction writes: both have the same time, which no clock of a process has.
func TestTasksAreDatedByTheDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	queued := b.post(t)
	expect(t, b, true, `select t.scheduled_at = j.created_at and t.state = 'available'
		from sync_jobs j join river_job t on t.id = j.task_id where j.id = $1`, queued)

	b, job, release := held(t)
	defer release()
	exec(t, b, `update sync_partitions set epoch = epoch + 1, task_id = null, lease_until = now() - interval '1 s'
		where job_id = $1`, job)
	until(t, b, 1, "select takeovers from sync_partitions where job_id = $1", job)
	expect(t, b, 1, `select count(*) from river_job t join sync_events e on e.at = t.scheduled_at
		where t.kind = 'partition' and e.job_id = $1 and e.code = 'worker_lost'`, job)
}

func TestLeasesThatAreInOrderAreLeftAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, job, partition string }{
		{
			"claimed, with a longer lease than this worker's",
			"heartbeat_at = now(), lease_until = now() + interval '5 minutes'",
			"state = 'running', heartbeat_at = now(), lease_until = now() + interval '5 minutes'",
		},
		{"not claimed yet", "lease_until = now() + interval '5 s'", "state = 'ready', lease_until = now() + interval '5 s'"},
		{
			"waiting for an hour",
			`status = 'waiting', waiting_reason = 'retrying', heartbeat_at = now() - interval '1 minute',
				retry_at = now() + interval '1 hour', lease_until = now() + interval '1 hour'`,
			`state = 'waiting', waiting_reason = 'rate_limited', heartbeat_at = now() - interval '1 minute',
				retry_at = now() + interval '1 hour', lease_until = now() + interval '1 hour'`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			job := b.post(t)
			exec(t, b, "update sync_jobs set "+test.job+" where id = $1", job)
			exec(t, b, "insert into sync_partitions (job_id, ordinal, name, spec) values ($1, 0, 'all', '')", job)
			exec(t, b, "update sync_partitions set "+test.partition+" where job_id = $1", job)
			queries := db.New(b.pool)
			partitions, err := queries.RebasePartitions(t.Context())
			if err != nil || partitions != 0 {
				t.Errorf("%d partitions rebased, %v", partitions, err)
			}
			rebased, err := queries.RebaseJobs(t.Context(), time.Second)
			if err != nil || rebased != 0 {
				t.Errorf("%d jobs rebased, %v", rebased, err)
			}
			exec(t, b, "update sources set closed_at = now(), retry_at = now() + interval '1 hour'")
			sources, err := queries.RebaseSources(t.Context())
			if err != nil || sources != 0 {
				t.Errorf("%d sources rebased, %v", sources, err)
			}
		})
	}
}

func TestVersionsOfARowAscendWhenTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	b := setup(t, 12)
	b.start(t)
	b.sync(t)
	exec(t, b, "update projects set last_changed_at = now() + interval '1 hour' where external_id = '4'")
	const ahead = "select last_changed_at from projects where external_id = '4'"
	var before time.Time
	if err := b.pool.QueryRow(t.Context(), ahead).Scan(&before); err != nil {
		t.Fatal(err)
	}
	b.source.rows[0][3] = record(4, "renamed")
	b.sync(t)
	expect(t, b, true, "select last_changed_at > $1 and name = 'renamed' from projects where external_id = '4'", before)
	if err := b.pool.QueryRow(t.Context(), ahead).Scan(&before); err != nil {
		t.Fatal(err)
	}
	b.source.set(append(numbered(12)[:3:3], numbered(12)[4:]...)...)
	b.sync(t)
	b.sync(t)
	expect(t, b, true, "select last_changed_at > $1 and deleted_at is not null from projects where external_id = '4'", before)
}

func TestNoJobEndsBeforeItBegan(t *testing.T) {
	t.Parallel()
	b, job, release := held(t)
	exec(t, b, "update sync_jobs set started_at = now() + interval '1 minute' where id = $1", job)
	exec(t, b, "update sync_partitions set started_at = now() + interval '1 minute' where job_id = $1", job)
	release()
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, true, "select finished_at >= started_at from sync_jobs")
	expect(t, b, true, "select finished_at >= started_at from sync_partitions")
}
