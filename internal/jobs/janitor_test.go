package jobs_test

import (
	"testing"
	"time"

	"holdfast/internal/jobs"
)

func TestWhatNobodyNeedsIsRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.start(t, func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	oldest, old, young := b.sync(t), b.sync(t), b.sync(t)
	age := func(job, by string) {
		t.Helper()
		_, err := b.pool.Exec(t.Context(), "update sync_jobs set finished_at = finished_at - $2::interval where id = $1", job, by)
		if err != nil {
			t.Fatal(err)
		}
	}
	age(oldest, "200 hours")
	age(old, "2 hours")
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 0, "select count(*) from sync_jobs where id = $1", oldest)
	expect(t, b, 0, "select count(*) from sync_pages g join sync_partitions p on p.id = g.partition_id where p.job_id = $1", old)
	expect(t, b, false, "select ledger_kept from sync_partitions where job_id = $1", old)
	expect(t, b, 3, "select count(*) from sync_pages g join sync_partitions p on p.id = g.partition_id where p.job_id = $1", young)
	expect(t, b, 30, "select count(*) from projects")

	age(young, "200 hours")
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 1, "select count(*) from sync_jobs where id = $1", young)
}
