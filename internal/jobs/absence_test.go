package jobs_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

const outcome = "select format('%s/%s/%s', absent, deleted, held) from sync_jobs where id = $1"

func TestARowIsGivenATombstoneAfterTwoListingsWithoutIt(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.start(t)
	b.sync(t)
	b.source.set(numbered(29)...)
	expect(t, b, "1/0/0", outcome, b.sync(t))
	expect(t, b, 30, "select count(*) from active_projects")
	second := b.sync(t)
	expect(t, b, "0/1/0", outcome, second)
	expect(t, b, 29, "select count(*) from active_projects")
	expect(t, b, "absent", "select deleted_reason from projects where deleted_by_job = $1", second)

	b.source.set(numbered(30)...)
	third := b.sync(t)
	expect(t, b, "0/0/29/1", counted, third)
	expect(t, b, 30, "select count(*) from active_projects")
	expect(t, b, "created,deleted,restored",
		"select string_agg(change, ',' order by id) from project_changes where project_id = (select id from projects where external_id = '30')")
}

func TestARowThatComesBackInTimeStartsAnew(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.start(t)
	b.sync(t)
	for range 2 {
		b.source.set(numbered(29)...)
		b.sync(t)
		b.source.set(numbered(30)...)
		b.sync(t)
	}
	expect(t, b, 0, "select count(*) from project_changes where change = 'deleted'")
	expect(t, b, 0, "select count(*) from project_absences")
}

func TestAnIncompleteListingMarksNothingAbsent(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		listing func(f *fake)
		reason  string
	}{
		"empty":                  {func(f *fake) { f.set() }, "empty_listing"},
		"total disagrees":        {func(f *fake) { f.set(numbered(20)...); f.total = new(int64(30)) }, "total_disagrees"},
		"a record without an id": {func(f *fake) { f.set(append(numbered(20), `{"name":"x"}`)...) }, "unidentified_records"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 30)
			b.start(t)
			b.sync(t)
			test.listing(b.source)
			for range 3 {
				job := b.sync(t)
				expect(t, b, test.reason, "select incomplete_reason from sync_jobs where id = $1", job)
			}
			expect(t, b, 30, "select count(*) from active_projects")
			expect(t, b, 0, "select count(*) from project_absences")
		})
	}
}

func TestTooManyDeletionsAreHeldForAPerson(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	b.start(t)
	b.sync(t)
	b.source.set(numbered(80)...)
	b.sync(t)
	held := b.sync(t)
	expect(t, b, "20/0/20", outcome, held)
	expect(t, b, 100, "select count(*) from active_projects")

	b.source.set(numbered(85)...)
	again := b.sync(t)
	expect(t, b, "superseded", "select state from deletion_plans where job_id = $1", held)
	expect(t, b, "15/0/15", outcome, again)
	if _, err := b.client.ApproveDeletions(t.Context(), held, "ann"); !errors.Is(err, project.ErrNothingHeld) {
		t.Errorf("approve a superseded plan = %v, want ErrNothingHeld", err)
	}
	n, err := b.client.ApproveDeletions(t.Context(), again, "ann")
	if err != nil || n != 15 {
		t.Fatalf("approve = %d, %v, want 15", n, err)
	}
	expect(t, b, 85, "select count(*) from active_projects")
	// What is deleted is no live row any more, as where nobody was asked.
	expect(t, b, "0/15/0", outcome, again)
}

func TestDiscardedDeletionsKeepTheRows(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	b.start(t)
	b.sync(t)
	b.source.set(numbered(80)...)
	b.sync(t)
	held := b.sync(t)
	n, err := b.client.DiscardDeletions(t.Context(), held, "ann")
	if err != nil || n != 20 {
		t.Fatalf("discard = %d, %v, want 20", n, err)
	}
	expect(t, b, 100, "select count(*) from active_projects")
	expect(t, b, "20/0/0", outcome, b.sync(t))
}

// heldDeletions syncs until 20 of 100 rows wait to be deleted, and returns the job.
func heldDeletions(t *testing.T, b *bundle) string {
	t.Helper()
	b.sync(t)
	b.source.set(numbered(80)...)
	b.sync(t)
	held := b.sync(t)
	expect(t, b, "20/0/20", outcome, held)
	return held
}

// A row that any later listing has named is not deleted by a decision of before,
// whatever that listing proved about others.
func TestHeldDeletionsLeaveAloneWhatWasNamedSince(t *testing.T) {
	t.Parallel()
	t.Run("by an incremental listing", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 100)
		src := changing{fake: b.source, since: make(chan time.Time, 9)}
		b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1, FullEvery: time.Hour})
		held := heldDeletions(t, b)
		b.source.set(append(numbered(99), record(100, "back"))...)
		expect(t, b, "0/1/0/0", counted, b.syncMode(t, project.ModeIncremental))
		approve(t, b, held, 19)
		expect(t, b, "back", "select name from active_projects where external_id = '100'")
	})
	t.Run("by a listing whose total disagrees", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 100)
		b.start(t)
		held := heldDeletions(t, b)
		b.source.set(numbered(100)...)
		b.source.total = new(int64(101))
		job := b.sync(t)
		expect(t, b, "total_disagrees", "select incomplete_reason from sync_jobs where id = $1", job)
		approve(t, b, held, 0)
	})
	t.Run("by a listing that failed", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 100)
		b.start(t)
		held := heldDeletions(t, b)
		b.source.set(numbered(100)...)
		b.source.before = failing(9, 100, &source.Error{Kind: source.Configuration, Code: "forbidden", Message: "no"})
		until(t, b, "failed", statusOf, b.post(t))
		// Its nine pages had rows 81 to 90.
		approve(t, b, held, 10)
	})
	t.Run("by a listing that was cancelled", func(t *testing.T) {
		t.Parallel()
		b := setup(t, 100)
		b.start(t, func(c *jobs.Config) { c.PagesPerTransaction = 1 })
		held := heldDeletions(t, b)
		b.source.set(numbered(100)...)
		reached, cancelled := make(chan struct{}, 1), make(chan struct{})
		b.source.before = func(_, page int) error {
			if page == 9 {
				reached <- struct{}{}
				<-cancelled
			}
			return nil
		}
		job := b.post(t)
		<-reached
		until(t, b, 9, "select page_no::int from sync_partitions where job_id = $1", job)
		if err := b.client.Cancel(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		close(cancelled)
		until(t, b, "cancelled", statusOf, job)
		// Its pages had rows 81 to 90, and what the last one has if that was written.
		var left int64
		if err := b.pool.QueryRow(t.Context(), "select 100 - seen from sync_partitions where job_id = $1", job).Scan(&left); err != nil {
			t.Fatal(err)
		}
		approve(t, b, held, left)
	})
}

// approve decides about held deletions, and tells how many rows that deletes.
func approve(t *testing.T, b *bundle, job string, want int64) {
	t.Helper()
	if n, err := b.client.ApproveDeletions(t.Context(), job, "ann"); err != nil || n != want {
		t.Errorf("approve = %d, %v, want %d", n, err, want)
	}
	expect(t, b, 100-want, "select count(*) from active_projects")
}

// Two complete listings without a row are not in a row when another sync named it
// in between.
func TestAbsenceIsCountedAnewAfterAnIncrementalSighting(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	src := changing{fake: b.source, since: make(chan time.Time, 9)}
	b.startSource(t, jobs.Source{Source: src, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1, FullEvery: time.Hour})
	b.sync(t)
	for _, step := range []struct {
		rows int
		mode string
	}{{29, project.ModeFull}, {30, project.ModeIncremental}, {29, project.ModeFull}} {
		b.source.set(numbered(step.rows)...)
		b.syncMode(t, step.mode)
	}
	expect(t, b, 30, "select count(*) from active_projects")
	expect(t, b, 1, "select runs from project_absences")
}

// A job whose rows are not in the table as it wrote them decides about no others.
func TestAJobThatFailsItsReceiptDeletesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.startSource(t, jobs.Source{Source: b.source, Name: "src", AbsentRuns: 1, MaxDeleteShare: 0.1})
	b.sync(t)
	b.source.set(numbered(29)...)
	var disturbed atomic.Bool
	b.source.before = func(_, page int) error {
		if page == 2 && disturbed.CompareAndSwap(false, true) {
			until(t, b, true, "select page_no > 0 from sync_partitions where finished_at is null")
			exec(t, b, "update projects set content_hash = 'x' where external_id = '1'")
		}
		return nil
	}
	job := b.post(t)
	until(t, b, "failed", statusOf, job)
	expect(t, b, "receipt_mismatch", "select error ->> 'code' from sync_jobs where id = $1", job)
	expect(t, b, "0/0/0", outcome, job)
	expect(t, b, 30, "select count(*) from active_projects")
	expect(t, b, 0, "select count(*) from project_absences")
}

// A record that cannot be used counts once, on however many pages it is: else it
// would stand for another one that is on none.
func TestARecordPutAsideTwiceHidesNoOther(t *testing.T) {
	t.Parallel()
	for name, together := range map[string]int{"in one transaction": 10, "in two": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 30)
			b.startSource(t, jobs.Source{Source: b.source, Name: "src", AbsentRuns: 1, MaxDeleteShare: 0.1},
				func(c *jobs.Config) { c.PagesPerTransaction = together })
			b.sync(t)
			const bad = `{"id":31,"name":7}`
			rows := numbered(30)
			// Pages of ten drifted between the first and the second: 31 is on both.
			b.source.set(slices.Concat(rows[:9], []string{bad, bad}, rows[9:20], rows[21:])...)
			b.source.total = new(int64(31))
			job := b.sync(t)
			expect(t, b, "total_disagrees", "select incomplete_reason from sync_jobs where id = $1", job)
			expect(t, b, "1/1", "select format('%s/%s', sum(quarantined), sum(duplicates)) from sync_partitions where job_id = $1", job)
			expect(t, b, 30, "select count(*) from active_projects")
		})
	}
}

// Nor does a listing that begins again put its records aside again.
func TestARecordPutAsideBeforeARestart(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.source.rows[0][0] = `{"id":1,"name":7}`
	b.source.total = new(int64(30))
	b.source.before = failing(2, 1, &source.Error{Kind: source.Expired, Code: "cursor_expired", Message: "begin again"})
	b.start(t)
	job := b.sync(t)
	expect(t, b, 1, "select restarts from sync_partitions where job_id = $1", job)
	expect(t, b, true, "select listing_complete from sync_jobs where id = $1", job)
	expect(t, b, 1, "select count(*) from quarantined_records")
}

// What decides about absent rows is planned for as many as there are: a plan
// that is kept from a time when there were few takes minutes for many.
func TestDecisionsAboutAbsentRowsArePlannedForThem(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	ddl(t, b, `create table plans (statement text, mode text);
		create function note() returns trigger language plpgsql as $$ begin
			insert into plans values (tg_op, current_setting('plan_cache_mode'));
			return null;
		end $$;
		create trigger note after insert or update or delete on project_absences for each statement execute function note()`)
	b.start(t)
	held := heldDeletions(t, b)
	b.source.set(numbered(85)...)
	again := b.sync(t)
	expect(t, b, "superseded", "select state from deletion_plans where job_id = $1", held)
	if _, err := b.client.ApproveDeletions(t.Context(), again, "ann"); err != nil {
		t.Fatal(err)
	}
	expect(t, b, true, "select count(*) filter (where statement = 'INSERT') > 1 and count(*) filter (where statement = 'DELETE') > 1 from plans")
	expect(t, b, 0, "select count(*) from plans where mode <> 'force_custom_plan'")
}
