package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

func TestWhatNobodyNeedsIsRemovedAndNothingElse(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.start(t, func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	oldest, old, young := b.sync(t), b.sync(t), b.sync(t)
	age(t, b, "200 hours", oldest)
	age(t, b, "2 hours", old)
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 0, "select count(*) from sync_jobs where id = $1", oldest)
	expect(t, b, 0, "select count(*) from sync_pages g join sync_partitions p on p.id = g.partition_id where p.job_id = $1", old)
	expect(t, b, false, "select ledger_kept from sync_partitions where job_id = $1", old)
	expect(t, b, 3, "select count(*) from sync_pages g join sync_partitions p on p.id = g.partition_id where p.job_id = $1", young)
	expect(t, b, 30, "select count(*) from projects")

	age(t, b, "200 hours", young)
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 1, "select count(*) from sync_jobs where id = $1", young)
}

// One turn does all there is to do, however much came together, and what has to
// stay is in nobody's way.
func TestTheJanitorKeepsUp(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.start(t, func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	// 150 sources were synced once, long ago; their one job stays. "src" has had
	// 250 jobs since, of which the last few are young.
	_, err := b.pool.Exec(t.Context(), `
		with named as (
			insert into sources (name, kind) select 'once-' || n, 'fake' from generate_series(1, 150) n
			union all select 'src', 'fake' returning name
		), jobs as (
			insert into sync_jobs (id, source, trigger, caller, status, phase, started_at, finished_at)
			select gen_random_uuid(), name, 'api', 'test', 'succeeded', 'done', now() - interval '900 hours', now() - interval '900 hours'
			from named where name <> 'src'
			union all
			select ('01a00000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'src', 'api', 'test', 'succeeded', 'done',
				now() - interval '800 hours' + n * interval '3 hours', now() - interval '800 hours' + n * interval '3 hours'
			from generate_series(1, 250) n
			returning id, source, finished_at
		), partitions as (
			insert into sync_partitions (job_id, ordinal, name, spec, state, page_no, last_page, finished_at)
			select id, 1, 'all', '', 'done', 1, true, finished_at from jobs
			returning id
		)
		insert into sync_pages (partition_id, page_no, epoch, seen, created, updated, unchanged, restored, duplicates, quarantined,
			unidentified, checksum)
		select id, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 from partitions`)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 150, "select count(*) from sync_jobs where source <> 'src'")
	expect(t, b, 0, "select count(*) from sync_jobs where source = 'src' and finished_at < now() - interval '100 hours'")
	// The last job of each source keeps its ledger until there is another.
	expect(t, b, 151, "select count(*) from sync_pages")
}

// A source that has failed since is still known to have succeeded once: alerts
// count from there. Its records that could not be used stay: those that failed
// did not look at them.
func TestTheLastSuccessStays(t *testing.T) {
	t.Parallel()
	b := setup(t, 10)
	b.source.rows[0][3] = `{"id":4,"name":7}`
	b.start(t, func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	first, success := b.sync(t), b.sync(t)
	expect(t, b, 2, "select count(*) from quarantined_records")
	b.source.before = failing(0, 100, &source.Error{Kind: source.Configuration, Code: "unauthorized", Message: "make a token"})
	failed := b.post(t)
	until(t, b, "failed", statusOf, failed)
	last := b.post(t)
	until(t, b, "failed", statusOf, last)
	age(t, b, "200 hours", first, success, failed, last)
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, 0, "select count(*) from sync_jobs where id = any($1::uuid[])", []string{first, failed})
	expect(t, b, 2, "select count(*) from sync_jobs where id = any($1::uuid[])", []string{success, last})
	expect(t, b, 1, "select count(*) from quarantined_records where job_id = $1", success)
}

// An incremental listing does not look at the records that the last full one
// could not use: they are still what is wrong at the service.
func TestQuarantineStaysUntilAnotherFullListing(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.source.rows[0][3] = `{"id":4,"name":7}`
	src := changing{fake: b.source, since: make(chan time.Time, 1)}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1, FullEvery: 1000 * time.Hour},
		func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	full, changes := b.sync(t), b.syncMode(t, project.ModeIncremental)
	expect(t, b, "incremental", "select mode from sync_jobs where id = $1", changes)
	tidy := func() {
		t.Helper()
		if err := b.worker.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	age(t, b, "200 hours", full)
	tidy()
	expect(t, b, 1, "select count(*) from quarantined_records where job_id = $1", full)

	b.source.set(numbered(30)...)
	again := b.syncMode(t, project.ModeFull)
	age(t, b, "2 hours", changes)
	tidy()
	expect(t, b, 0, "select count(*) from quarantined_records")
	expect(t, b, 0, "select count(*) from sync_jobs where id = $1", full)
	expect(t, b, 2, "select count(*) from sync_jobs where id = any($1::uuid[])", []string{changes, again})
}

func TestAStepOfTheJanitorThatFailsIsInTheWayOfNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.start(t, func(c *jobs.Config) { c.KeepLedger, c.KeepJobs = time.Hour, 100*time.Hour })
	old := b.sync(t)
	b.sync(t)
	age(t, b, "200 hours", old)
	for _, statement := range []string{"alter table source_checks rename to x", "alter table page_validators rename to y"} {
		ddl(t, b, statement)
	}
	err := b.worker.Tidy(t.Context())
	for _, table := range []string{"source_checks", "page_validators"} {
		if err == nil || !strings.Contains(err.Error(), table) {
			t.Errorf("tidy = %v, which does not tell of %s", err, table)
		}
	}
	expect(t, b, 0, "select count(*) from sync_jobs where id = $1", old)
}

// age has jobs and their partitions ended earlier by an interval.
func age(t *testing.T, b *bundle, by string, jobs ...string) {
	t.Helper()
	execute(t, b, "update sync_jobs set finished_at = finished_at - $2::interval where id = any($1::uuid[])", jobs, by)
	execute(t, b, "update sync_partitions set finished_at = finished_at - $2::interval where job_id = any($1::uuid[])", jobs, by)
}

// A key that somebody else is about to remove is in nobody's way.
func TestExpiredKeysThatAreLockedAreLeftToTheirHolder(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	ddl(t, b, `insert into idempotency_keys (caller, key, fingerprint, job_ids, coalesced, expires_at)
		select 'ann', 'k' || n, '', '{}', '{}', now() - interval '1 s' from generate_series(1, 2500) n`)
	b.start(t)
	holder, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := holder.Exec(t.Context(), "select from idempotency_keys where key = 'k7' for update"); err != nil {
		t.Fatal(err)
	}
	if err := b.worker.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, b, "k7", "select string_agg(key, ',') from idempotency_keys")
}
