package jobs_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// failing makes the listing fail at a page for the first n times.
func failing(page, n int, err *source.Error) func(int, int) error {
	var failures atomic.Int64
	return func(_, at int) error {
		if at == page && failures.Add(1) <= int64(n) {
			return err
		}
		return nil
	}
}

func TestAnOutageIsWaitedOutAndLosesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	b.source.before = failing(3, 2, &source.Error{Kind: source.Transient, Code: "http_502", Message: "bad gateway"})
	b.start(t)
	job := b.sync(t)
	expect(t, b, 50, "select count(*) from projects")
	expect(t, b, 2, "select count(*) from sync_events where job_id = $1 and code = 'http_502'", job)
	expect(t, b, 5, "select count(*) from sync_pages")
	expect(t, b, true, "select error is null from sync_jobs where id = $1", job)
}

func TestAPartitionThatGoesOnWakesTheOthersOfItsSource(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	rows := numbered(60)
	b.source.rows = [][]string{rows[:30], rows[30:]}
	b.source.before = failing(1, 2, &source.Error{Kind: source.Transient, Code: "http_503", Message: "down for maintenance"})
	// By itself neither would go on before the test is over.
	b.start(t, func(c *jobs.Config) { c.FirstBackoff = time.Hour })
	job := b.post(t)
	until(t, b, 2, "select count(*) from sync_partitions where state = 'waiting'")
	if _, err := b.pool.Exec(t.Context(), "update sync_partitions set lease_until = now() where ordinal = 1"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, 60, "select count(*) from projects")
}

func TestTooManyFailuresWithoutProgressFailTheJob(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	b.source.before = failing(3, 100, &source.Error{Kind: source.Contract, Code: "not_json", Message: "no JSON", Sample: "<html>"})
	b.start(t)
	job := b.post(t)
	until(t, b, "failed", statusOf, job)
	expect(t, b, "<html>", "select error->>'sample' from sync_jobs where id = $1", job)
	expect(t, b, 30, "select count(*) from projects")
}

// Three failures in a row fail a job; four with a committed page between them
// do not.
func TestACommittedPageForgivesTheFailuresBeforeIt(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	unreadable := &source.Error{Kind: source.Contract, Code: "not_json", Message: "no JSON"}
	second, fourth := failing(1, 2, unreadable), failing(3, 2, unreadable)
	b.source.before = func(partition, page int) error { return cmp.Or(second(partition, page), fourth(partition, page)) }
	b.start(t)
	job := b.sync(t)
	expect(t, b, 50, "select count(*) from projects")
	expect(t, b, 4, "select count(*) from sync_events where job_id = $1 and code = 'not_json'", job)
	expect(t, b, 0, "select failures from sync_partitions where job_id = $1", job)
}

func TestAConfigurationErrorFailsAtOnceAndIsCounted(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	b.source.before = failing(0, 1, &source.Error{Kind: source.Configuration, Code: "unauthorized", Message: "make a token"})
	b.start(t)
	job := b.post(t)
	until(t, b, "failed", statusOf, job)
	expect(t, b, "unauthorized", "select error->>'code' from sync_jobs where id = $1", job)
	expect(t, b, 1, "select config_failures from sources")
	b.sync(t)
	expect(t, b, 0, "select config_failures from sources")
}

func TestARateLimitIsObeyedByAllPartitionsAndCostsNoAttempt(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	rows := numbered(60)
	b.source.rows = [][]string{rows[:30], rows[30:]}
	limited := failing(1, 2, &source.Error{
		Kind: source.RateLimit, Code: "rate_limited", Message: "slow down", RetryAfter: 1500 * time.Millisecond,
	})
	b.source.before = limited
	b.start(t)
	job := b.post(t)
	until(t, b, "waiting/rate_limited", "select status || '/' || waiting_reason from sync_jobs where id = $1", job)
	expect(t, b, true, "select retry_at > now() from sync_jobs where id = $1", job)
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, 60, "select count(*) from projects")
	expect(t, b, 0, "select sum(failures) from sync_partitions")
}

// A job that finds the source closed learns nothing new of why.
func TestAJobThatFindsTheSourceClosedLeavesItsReasonAndItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.source.before = failing(0, 1, &source.Error{
		Kind: source.RateLimit, Code: "rate_limited", Message: "5000 requests an hour are used up", RetryAfter: time.Hour,
	})
	b.start(t)
	job := b.post(t)
	const said = "select retry_reason || ' ' || retry_at from sources"
	until(t, b, "waiting", statusOf, job)
	var first string
	if err := b.pool.QueryRow(t.Context(), said).Scan(&first); err != nil || !strings.HasPrefix(first, "5000 requests an hour") {
		t.Fatalf("the source is closed because of %q (%v)", first, err)
	}
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	next := b.post(t)
	until(t, b, "waiting/rate_limited", "select status || '/' || waiting_reason from sync_jobs where id = $1", next)
	expect(t, b, first, said)
	expect(t, b, true, "select j.retry_at >= s.retry_at from sync_jobs j, sources s where j.id = $1", next)
}

// A service that lets nobody in for days by asking for a second each time does
// not fill the history.
func TestARateLimitThatIsMetAgainIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.source.before = failing(2, 4, &source.Error{
		Kind: source.RateLimit, Code: "rate_limited", Message: "slow down", RetryAfter: 10 * time.Millisecond,
	})
	b.start(t)
	job := b.post(t)
	const noted = "select count(*) from sync_events where job_id = $1 and code = 'rate_limited' and partition_id is not null"
	until(t, b, 1, noted, job)
	if _, err := b.pool.Exec(t.Context(), "update sync_events set at = at - interval '2 minutes'"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, 2, noted, job)
}

func TestAnExpiredCursorBeginsAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	b.source.before = failing(3, 1, &source.Error{Kind: source.Expired, Code: "cursor_expired", Message: "begin again"})
	b.start(t)
	job := b.sync(t)
	expect(t, b, 50, "select count(*) from projects")
	expect(t, b, "50/0/0/0", counted, job)
	expect(t, b, 1, "select restarts from sync_partitions")
	expect(t, b, true, "select listing_complete from sync_jobs where id = $1", job)
}

func TestPostsCoalesceUntilTheListingBegins(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	gate := make(chan struct{})
	entered := make(chan struct{}, 100)
	b.source.before = func(int, int) error {
		entered <- struct{}{}
		<-gate
		return nil
	}
	first := b.post(t)
	if again := b.post(t); again != first {
		t.Errorf("a POST before the listing began led to %s, want the queued %s", again, first)
	}
	b.start(t)
	<-entered
	second := b.post(t)
	if second == first {
		t.Error("a POST while the job ran joined it")
	}
	until(t, b, "waiting/source_busy", "select status || '/' || waiting_reason from sync_jobs where id = $1", second)
	if third := b.post(t); third != second {
		t.Errorf("a POST while a successor waits led to %s, want %s", third, second)
	}
	close(gate)
	until(t, b, "succeeded", statusOf, first)
	until(t, b, "succeeded", statusOf, second)
	expect(t, b, true,
		"select (select started_at from sync_jobs where id = $1) >= (select finished_at from sync_jobs where id = $2)",
		second, first)
}

func TestCancelStopsTheWorkAndKeepsWhatIsCommitted(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	gate := make(chan struct{})
	b.source.before = func(_, page int) error {
		if page == 4 {
			<-gate
		}
		return nil
	}
	b.start(t)
	job := b.post(t)
	until(t, b, 4, "select count(*) from sync_pages")
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(time.Second, func() { close(gate) })
	until(t, b, "cancelled", statusOf, job)
	expect(t, b, true, "select count(*) between 40 and 50 from projects")
	if err := b.client.Cancel(t.Context(), job); !errors.Is(err, project.ErrJobFinished) {
		t.Errorf("cancel again = %v, want ErrJobFinished", err)
	}
	retried, err := b.client.Retry(t.Context(), project.RetryRequest{JobID: job, Caller: "test"})
	if err != nil {
		t.Fatal(err)
	}
	until(t, b, "succeeded", statusOf, retried.Jobs[0].Job.ID)
	expect(t, b, 100, "select count(*) from projects")
}

// inFlight begins a job whose requests for their second page are under way until
// the returned function lets all of them fail, with a heart that does not beat
// for the length of the test.
func inFlight(t *testing.T, b *bundle, partitions int, err error) (job string, answer func()) {
	t.Helper()
	entered, gate := make(chan struct{}, 100), make(chan struct{})
	b.source.before = func(_, page int) error {
		if page != 1 {
			return nil
		}
		entered <- struct{}{}
		<-gate
		return err
	}
	b.start(t, func(c *jobs.Config) { c.Lease = time.Hour })
	job = b.post(t)
	for range partitions {
		<-entered
	}
	return job, func() { close(gate) }
}

// A cancel that no heartbeat has seen yet is found by whatever becomes of the
// request under way: a partition that waited would not look before its time.
func TestACancelOutlivesTheFailureOfTheRequestUnderWay(t *testing.T) {
	t.Parallel()
	for _, kind := range source.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			rows := numbered(60)
			b.source.rows = [][]string{rows[:30], rows[30:]}
			job, answer := inFlight(t, b, 2, &source.Error{Kind: kind, Code: "the_tests_own", Message: "no", RetryAfter: time.Hour})
			if err := b.client.Cancel(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			answer()
			until(t, b, "cancelled", statusOf, job)
			expect(t, b, 2, "select count(*) from sync_partitions where state = 'stopped'")
			// What the service said of its limit holds for the next job.
			expect(t, b, kind == source.RateLimit, "select coalesce(retry_at > now() + interval '50 minutes', false) from sources")
		})
	}
}

// The same where another task met the rate limit.
func TestACancelOutlivesARateLimitThatAnotherTaskMet(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	job, answer := inFlight(t, b, 1, nil)
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	exec(t, b, "update sources set retry_at = now() + interval '1 hour', closed_at = now()")
	answer()
	until(t, b, "cancelled", statusOf, job)
}

// unplanned is a source whose plan fails when the test says so.
type unplanned struct {
	*fake

	asked, answer chan struct{}
	err           error
}

func (u unplanned) Plan(context.Context) (source.Plan, error) {
	close(u.asked)
	<-u.answer
	return source.Plan{}, u.err
}

func TestACancelOutlivesTheFailureOfThePlan(t *testing.T) {
	t.Parallel()
	for _, kind := range []source.Kind{source.RateLimit, source.Transient, source.Configuration} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			src := unplanned{
				fake: b.source, asked: make(chan struct{}), answer: make(chan struct{}),
				err: &source.Error{Kind: kind, Code: "the_tests_own", Message: "no", RetryAfter: time.Hour},
			}
			b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1},
				func(c *jobs.Config) { c.Lease = time.Hour })
			job := b.post(t)
			<-src.asked
			if err := b.client.Cancel(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			close(src.answer)
			until(t, b, "cancelled", statusOf, job)
			expect(t, b, kind == source.RateLimit, "select coalesce(retry_at > now() + interval '50 minutes', false) from sources")
		})
	}
}

// Slices that end before their first heartbeat see a cancel when they begin.
func TestACancelIsSeenBySlicesShorterThanABeat(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	entered, gate := make(chan struct{}), make(chan struct{})
	b.source.before = func(_, page int) error {
		if page == 3 {
			close(entered)
			<-gate
		}
		return nil
	}
	b.start(t, func(c *jobs.Config) { c.Lease, c.Slice = time.Hour, time.Nanosecond })
	job := b.post(t)
	<-entered
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	close(gate)
	until(t, b, "cancelled", statusOf, job)
	// The page that was under way, and none of the next slice.
	expect(t, b, 40, "select count(*) from projects")
}

func TestAQueuedJobIsCancelledAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	job := b.post(t)
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	expect(t, b, "cancelled", statusOf, job)
	b.start(t)
	b.sync(t)
	expect(t, b, 1, "select count(*) from sync_jobs where status = 'succeeded'")
}

func TestAKeyLeadsToTheSameJobs(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	request := project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: "a", Kind: "x", Mode: project.ModeFull}, {Name: "b", Kind: "x", Mode: project.ModeFull}},
		Trigger: project.TriggerAPI, Caller: "ann", IdempotencyKey: "k", Fingerprint: []byte("1"),
	}
	first, err := b.client.Enqueue(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.client.Enqueue(t.Context(), request)
	if err != nil || !again.Replayed || again.Jobs[0].Job.ID != first.Jobs[0].Job.ID ||
		again.Jobs[1].Job.ID != first.Jobs[1].Job.ID {
		t.Errorf("the same key led to %+v, %v, want %+v replayed", again, err, first)
	}
	request.Fingerprint = []byte("2")
	if _, err := b.client.Enqueue(t.Context(), request); !errors.Is(err, project.ErrKeyReused) {
		t.Errorf("the key with another body = %v, want ErrKeyReused", err)
	}
	request.Caller = "bob"
	if other, err := b.client.Enqueue(t.Context(), request); err != nil || other.Replayed {
		t.Errorf("another caller's key = %+v, %v, want a request of its own", other, err)
	}
}

func TestAJobWhoseTaskGotLostIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	job := b.post(t)
	for _, statement := range []string{
		"delete from river_job", "update sync_jobs set lease_until = now() - interval '1 s'",
	} {
		if _, err := b.pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	b.start(t)
	until(t, b, "succeeded", statusOf, job)
}

// paused begins a job of ten pages whose worker stops after the fifth, with a
// lease that nobody beats for the length of the test. The returned function lets
// it go on.
func paused(t *testing.T, b *bundle) (job string, wake func()) {
	t.Helper()
	var once atomic.Bool
	entered, gate := make(chan struct{}), make(chan struct{})
	b.source.before = func(_, page int) error {
		if page == 5 && once.CompareAndSwap(false, true) {
			close(entered)
			<-gate
		}
		return nil
	}
	b.start(t, func(c *jobs.Config) { c.Lease = time.Hour })
	job = b.post(t)
	<-entered
	until(t, b, 5, "select count(*) from sync_pages")
	return job, func() { close(gate) }
}

func TestAWorkerThatLostItsLeaseCommitsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	job, wake := paused(t, b)
	if _, err := b.pool.Exec(t.Context(), "update sync_partitions set lease_until = now() - interval '1 s'"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "succeeded", statusOf, job)
	wake()
	expect(t, b, 100, "select count(*) from projects")
	expect(t, b, 10, "select count(*) from sync_pages")
	expect(t, b, 1, "select takeovers from sync_partitions")
	expect(t, b, 100, "select count(*) from project_changes")
}

func TestTenWorkersInARowAreTooMany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		// failures and takeovers are those of the partition before its worker is lost.
		failures, takeovers int
		want                string
	}{
		{"the tenth takeover", 9, 9, "failed"},
		{"the first one, after a long lock of the table", 50, 0, "succeeded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 100)
			job, wake := paused(t, b)
			defer wake()
			_, err := b.pool.Exec(t.Context(), "update sync_partitions set lease_until = now() - interval '1 s', failures = $1, takeovers = $2",
				test.failures, test.takeovers)
			if err != nil {
				t.Fatal(err)
			}
			until(t, b, test.want, statusOf, job)
		})
	}
}

func TestASourceThatTheWorkerDoesNotKnowIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.startSource(t, jobs.Source{Source: b.source, Name: "another", AbsentRuns: 2, MaxDeleteShare: 0.1})
	job := b.post(t)
	until(t, b, "unknown_source", "select error->>'code' from sync_jobs where id = $1 and status = 'waiting'", job)
	b.stop(t)
	b.start(t)
	until(t, b, "succeeded", statusOf, job)
}

// What Postgres refuses of a plan is told as what it is, and not as a worker
// that fell silent.
func TestAPlanThatPostgresRefuses(t *testing.T) {
	t.Parallel()
	const (
		refuse = "alter table sync_partitions add constraint the_tests_own check (name <> 'part 0')"
		again  = "select count(*) from sync_events where job_id = $1 and code = 'storage_failed' and message like '%the_tests_own%'"
	)
	t.Run("for a while", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 50)
		ddl(t, b, refuse)
		b.start(t)
		job := b.post(t)
		until(t, b, 2, again, job)
		ddl(t, b, "alter table sync_partitions drop constraint the_tests_own")
		until(t, b, "succeeded", statusOf, job)
		expect(t, b, 50, "select count(*) from projects")
		expect(t, b, 0, "select count(*) from sync_events where code = 'worker_lost'")
	})
	t.Run("for too long", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 50)
		ddl(t, b, refuse)
		job := b.post(t)
		exec(t, b, "update sync_jobs set failures = 58 where id = $1", job)
		b.start(t)
		until(t, b, "failed", statusOf, job)
		expect(t, b, 2, again, job)
		expect(t, b, "storage_failed", "select error ->> 'code' from sync_jobs where id = $1", job)
	})
}

// ddl changes the schema for a test.
func ddl(t *testing.T, b *bundle, statement string) {
	t.Helper()
	if _, err := b.pool.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// A task of which nothing can be written down is told of in the log.
func TestATaskWhoseEndCannotBeWrittenIsLogged(t *testing.T) {
	t.Parallel()
	b := setup(t, 50)
	var log bytes.Buffer
	b.log = slog.New(slog.NewJSONHandler(&log, nil))
	// Neither can the partitions be written, nor that they could not.
	ddl(t, b, "alter table sync_partitions add constraint the_tests_own check (name <> 'part 0')")
	ddl(t, b, "alter table sync_events add constraint the_tests_own_too check (code <> 'storage_failed')")
	b.start(t, func(c *jobs.Config) { c.Lease = time.Second })
	job := b.post(t)
	until(t, b, true, "select failures > 0 from sync_jobs where id = $1", job)
	b.stop(t)
	for _, part := range []string{`"msg":"task failed, its lease will run out"`, `"task":"plan"`, `"job":"` + job, "the_tests_own_too"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %s:\n%s", part, log.String())
		}
	}
}

// Whatever fails a job, the log says so once, with the code that the job keeps.
func TestAJobThatFailedIsLoggedOnce(t *testing.T) {
	t.Parallel()
	unauthorized := &source.Error{Kind: source.Configuration, Code: "unauthorized", Message: "make a token"}
	for name, fail := range map[string]func(*testing.T, *bundle) (job, code string){
		"by a page": func(t *testing.T, b *bundle) (string, string) {
			t.Helper()
			b.source.before = failing(1, 1, unauthorized)
			b.start(t)
			return b.post(t), "unauthorized"
		},
		"by its plan": func(t *testing.T, b *bundle) (string, string) {
			t.Helper()
			src := unplanned{fake: b.source, asked: make(chan struct{}), answer: make(chan struct{}), err: unauthorized}
			close(src.answer)
			b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1})
			return b.post(t), "unauthorized"
		},
		"by its receipt": func(t *testing.T, b *bundle) (string, string) {
			t.Helper()
			b.start(t)
			job := b.sync(t)
			exec(t, b, "delete from projects where external_id = '1'")
			b.reopen(t, job, 0)
			return job, "receipt_mismatch"
		},
		"by a partition's tenth worker": func(t *testing.T, b *bundle) (string, string) {
			t.Helper()
			job, wake := paused(t, b)
			t.Cleanup(wake)
			exec(t, b, "update sync_partitions set lease_until = now() - interval '1 s', failures = 9, takeovers = 9")
			return job, "worker_lost"
		},
		"by a task's tenth worker": func(t *testing.T, b *bundle) (string, string) {
			t.Helper()
			b.start(t)
			job := b.sync(t)
			b.loseWorkers(t, job, 9)
			return job, "worker_lost"
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 100)
			log := &lines{}
			b.log = slog.New(slog.NewJSONHandler(log, nil))
			job, code := fail(t, b)
			until(t, b, "failed/"+code, "select status || '/' || (error->>'code') from sync_jobs where id = $1", job)
			// The line comes right after the commit that the query has seen.
			for deadline := time.Now().Add(10 * time.Second); log.with("sync failed") == "" && time.Now().Before(deadline); {
				<-time.After(time.Millisecond)
			}
			said := log.with("sync failed")
			for _, part := range []string{`"level":"ERROR"`, `"job":"` + job, `"source":"src"`, `"code":"` + code + `"`, `"error":"`} {
				if !strings.Contains(said, part) || strings.Count(said, "\n") != 1 {
					t.Errorf("the log should say once %s:\n%s", part, said)
				}
			}
		})
	}
}
