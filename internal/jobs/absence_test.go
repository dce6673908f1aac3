package jobs_test

import (
	"errors"
	"testing"

	"holdfast/internal/project"
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
	expect(t, b, 15, "select deleted from sync_jobs where id = $1", again)
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
