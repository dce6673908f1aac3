package e2e_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/invariants"
	"holdfast/internal/openapi"
	"holdfast/internal/redminetest"
)

// redmineSource lists a Redmine as its administrator, in small pages.
func redmineSource(server *redminetest.Server) option {
	return withSources(func(string) string {
		return fmt.Sprintf("- name: tracker\n    kind: redmine\n    url: %s\n    api_key: %s\n    per_page: 40\n", server.URL, server.Key)
	})
}

// redmineTruth is what the table must say of the projects that Redmine shows.
func redmineTruth(t *testing.T, server *redminetest.Server) map[string]invariants.Truth {
	t.Helper()
	truth := map[string]invariants.Truth{}
	columns := server.Columns(t, server.Key)
	for id, payload := range server.Payloads(t, server.Key) {
		truth[id] = invariants.Truth{Payload: payload}
		// XML has one kind of line break, so long descriptions are compared as
		// part of the payload only.
		if p := columns[id]; p.Description == nil || len(*p.Description) < 200 {
			truth[id] = invariants.Truth{Payload: payload, Columns: &p}
		}
	}
	return truth
}

// A real Redmine, the whole way: the worker is killed in the middle, projects
// are renamed, closed, archived, removed and come back.
//
//nolint:paralleltest // the one Redmine is changed
func TestRedmineTheWholeWay(t *testing.T) {
	server := redminetest.Open(t)
	leaves := server.Leaves(t, 3)
	renamed, closed, archived := leaves[0], leaves[1], leaves[2]
	removed := server.Create(t, "short-lived")
	s := start(t, redmineSource(server), withWorkers(0), withWorker("lease", "1s"),
		withWorker("pages_per_transaction", "1"))

	job := s.post()
	for _, failpoint := range []string{"page.rows_written:3", "page.commit_sent:2"} {
		s.startDyingWorker(failpoint).awaitEnd(t, patience)
	}
	s.startWorker()
	truth := redmineTruth(t, server)
	first := s.waitFor(job.ID, openapi.JobStatusSucceeded)
	if diff := cmp.Diff(openapi.Counts{Created: int64(len(truth))}, first.Counts); diff != "" {
		t.Errorf("first sync (-want +got):\n%s", diff)
	}
	s.mirrorsTruth("tracker", truth)

	server.Rename(t, renamed, "Renamed for the mirror ✓")
	server.Turn(t, closed, "close")
	server.Turn(t, archived, "archive")
	server.Delete(t, removed)
	if counts := s.sync().Counts; counts.Updated != 2 || counts.Absent != 2 || counts.Deleted != 0 {
		t.Errorf("after the changes: %+v, want 2 updated and 2 absent", counts)
	}
	// Gone for the second time, they get their tombstones.
	if counts := s.sync().Counts; counts.Deleted != 2 {
		t.Errorf("the second time: %+v, want 2 deleted", counts)
	}
	s.mirrorsTruth("tracker", redmineTruth(t, server))

	server.Turn(t, archived, "unarchive")
	if counts := s.sync().Counts; counts.Restored != 1 || counts.Deleted != 0 {
		t.Errorf("after it was unarchived: %+v, want 1 restored", counts)
	}
	s.mirrorsTruth("tracker", redmineTruth(t, server))
	if ask[bool](s, "select deleted_at is null from projects where external_id = $1", removed) {
		t.Error("the removed project has no tombstone")
	}
}
