package e2e_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"holdfast/internal/openapi"
)

// history is what project_changes tells of a row, in order.
func (s *system) history(externalID int64) []string {
	s.t.Helper()
	rows, err := s.pool.Query(s.t.Context(), `
		select c.change from project_changes c join projects p on p.id = c.project_id
		where p.external_id = $1 order by c.id`, strconv.FormatInt(externalID, 10))
	if err != nil {
		s.t.Fatal(err)
	}
	changes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.t.Fatal(err)
	}
	return changes
}

func TestAbsenceTombstoneAndRestore(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.sync()
	gone := s.forge.ids()[7]
	s.forge.remove(t, gone)

	if job := s.sync(); job.Counts.Absent != 1 || job.Counts.Deleted != 0 {
		t.Errorf("after the first listing without it: %+v, want one absent", job.Counts)
	}
	if job := s.sync(); job.Counts.Absent != 0 || job.Counts.Deleted != 1 {
		t.Errorf("after the second listing without it: %+v, want one deleted", job.Counts)
	}
	s.mirrors("forge")
	if n := ask[int](s, "select count(*) from projects"); n != 300 {
		t.Errorf("%d rows in the table, want all 300: a tombstone is no removal", n)
	}
	if err := s.forge.Restore(gone); err != nil {
		t.Fatal(err)
	}
	if job := s.sync(); job.Counts.Restored != 1 {
		t.Errorf("after it came back: %+v, want one restored", job.Counts)
	}
	s.mirrors("forge")
	if diff := cmp.Diff([]string{"created", "deleted", "restored"}, s.history(gone)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// hold brings a system to where a job holds 60 of 300 deletions.
func hold(t *testing.T) (*system, openapi.Job) {
	t.Helper()
	s := start(t)
	s.sync()
	s.forge.remove(t, s.forge.ids()[:60]...)
	s.sync()
	job := s.sync()
	if job.Deletions.Held != 60 || job.Counts.Deleted != 0 || job.Links.Deletions == nil {
		t.Fatalf("held %d, deleted %d, link %v: want 60 held", job.Deletions.Held, job.Counts.Deleted, job.Links.Deletions)
	}
	return s, job
}

func TestHeldDeletionsAreApproved(t *testing.T) {
	t.Parallel()
	s, job := hold(t)
	s.must(http.StatusOK, http.MethodPost, jobPath(job.ID)+"/deletions/approve", "")
	s.mirrors("forge")
	if after := s.job(job.ID); after.Counts.Deleted != 60 || after.Deletions.Held != 0 {
		t.Errorf("the job says %+v, held %d, want 60 deleted", after.Counts, after.Deletions.Held)
	}
	s.must(http.StatusConflict, http.MethodPost, jobPath(job.ID)+"/deletions/approve", "")
}

func TestHeldDeletionsAreDiscarded(t *testing.T) {
	t.Parallel()
	s, job := hold(t)
	s.must(http.StatusOK, http.MethodPost, jobPath(job.ID)+"/deletions/discard", "")
	if n := ask[int](s, "select count(*) from active_projects"); n != 300 {
		t.Errorf("%d live rows, want all 300", n)
	}
	// The absence is counted from the start again.
	if again := s.sync(); again.Counts.Absent != 60 || again.Deletions.Held != 0 {
		t.Errorf("the next job says %+v, held %d, want 60 absent", again.Counts, again.Deletions.Held)
	}
}
