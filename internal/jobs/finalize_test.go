package jobs_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/jobs"
)

// reopen puts a job that has succeeded back to where its last partition has
// ended and nobody has begun to end the job.
func (b *bundle) reopen(t *testing.T, job string, failures int) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), `
		update sync_jobs
		set status = 'running', phase = 'finalize', finished_at = null, receipt = null, listing_complete = null, task_id = null,
			failures = $2, lease_until = now() - interval '1 s'
		where id = $1`, job, failures)
	if err != nil {
		t.Fatal(err)
	}
}

// loseWorkers has the end of a job begin anew after so many workers that did not
// live to see it.
func (b *bundle) loseWorkers(t *testing.T, job string, workers int) {
	t.Helper()
	_, err := b.pool.Exec(t.Context(), `
		insert into sync_events (job_id, kind, code, message, retryable)
		select $1, 'transient', 'worker_lost', 'gone', true from generate_series(1, $2::int)`, job, workers)
	if err != nil {
		t.Fatal(err)
	}
	b.reopen(t, job, workers)
}

// The job says why it does not end, and ends once the source is there again.
func TestASourceThatIsUnknownAtTheEndIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.start(t)
	job := b.sync(t)
	b.stop(t)
	b.reopen(t, job, 0)
	b.startSource(t, jobs.Source{Source: b.source, Name: "another", AbsentRuns: 2, MaxDeleteShare: 0.1})
	until(t, b, "retrying/unknown_source",
		"select waiting_reason || '/' || (error->>'code') from sync_jobs where id = $1 and status = 'waiting'", job)
	b.stop(t)
	b.start(t)
	until(t, b, "succeeded", statusOf, job)
	expect(t, b, true, "select error is null from sync_jobs where id = $1", job)
}

// A receipt that cannot be read is tried again, and says so; not for ever.
func TestAReceiptThatCannotBeReadIsTriedAgainAndThenFailsTheJob(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.start(t)
	job := b.sync(t)
	b.stop(t)
	b.reopen(t, job, 0)
	closed, err := pgxpool.NewWithConfig(t.Context(), b.pool.Config())
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	b.start(t, func(c *jobs.Config) { c.Receipts = closed })
	until(t, b, "retrying/storage_failed",
		"select waiting_reason || '/' || (error->>'code') from sync_jobs where id = $1 and status = 'waiting'", job)
	if _, err := b.pool.Exec(t.Context(), "update sync_jobs set failures = 59 where id = $1", job); err != nil {
		t.Fatal(err)
	}
	until(t, b, "failed/storage_failed", "select status || '/' || (error->>'code') from sync_jobs where id = $1", job)
	expect(t, b, true, "select count(*) >= 2 from sync_events where job_id = $1 and code = 'storage_failed'", job)
}

// A task that takes its worker down each time it runs does not run for ever.
func TestATaskThatItsWorkersDoNotSurviveFailsTheJob(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.start(t)
	job := b.sync(t)
	b.loseWorkers(t, job, 9)
	until(t, b, "failed/worker_lost", "select status || '/' || (error->>'code') from sync_jobs where id = $1", job)
	expect(t, b, 10, "select count(*) from sync_events where job_id = $1 and code = 'worker_lost'", job)

	// Nine failures of other kinds do not make the first worker that dies the tenth.
	other := b.sync(t)
	b.reopen(t, other, 9)
	until(t, b, "succeeded", statusOf, other)
	expect(t, b, 1, "select count(*) from sync_events where job_id = $1 and code = 'worker_lost'", other)
}
