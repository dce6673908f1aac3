package api_test

import (
	"net/http"
	"strings"
	"testing"

	"holdfast/internal/openapi"
)

func TestListSources(t *testing.T) {
	t.Parallel()
	b := setup(t)
	good := b.sync("gitlab")
	b.exec(`update sync_jobs set status = 'succeeded', phase = 'done', started_at = now(), finished_at = now(),
		receipt = '{"verified":true,"rows_seen":7,"rows_found":7,"checksum_tallied":"a","checksum_read":"a","live_rows":7,
			"read_at":"2026-11-23T08:00:00Z"}' where id = $1`, good.ID)
	bad := b.sync("gitlab")
	b.exec(`update sync_jobs set status = 'failed', phase = 'done', started_at = now(), finished_at = now(),
		error = '{"code":"unauthorized","message":"the token has expired","retryable":false,"at":"2026-11-23T08:00:00Z"}' where id = $1`, bad.ID)
	b.exec("update sources set config_failures = 2, retry_at = now(), retry_reason = 'rate_limited' where name = 'gitlab'")

	got := decode[openapi.SourceList](b.get("/api/v1/sources").want(http.StatusOK)).Sources
	if len(got) != 3 || got[0].Name != "gitlab" || got[1].Name != "files" || got[2].Name != "old" {
		t.Fatalf("sources: %+v", got)
	}
	s := got[0]
	if s.LastJob == nil || s.LastJob.ID != bad.ID || s.LastSuccess == nil || s.LastSuccess.JobID != good.ID ||
		s.LiveRows == nil || s.LiveRows.Count != 7 || s.RetryAt == nil {
		t.Errorf("gitlab: %+v", s)
	}
	if s.Warning == nil || !strings.Contains(*s.Warning, "The last 2 jobs failed") || !strings.Contains(*s.Warning, "the token has expired") {
		t.Errorf("warning: %v", s.Warning)
	}
	if files := got[1]; files.LastJob != nil || files.LiveRows != nil || files.Warning != nil || !files.Enabled {
		t.Errorf("files, never synced: %+v", files)
	}
	if got[2].Enabled {
		t.Error("old is shown as enabled")
	}
}
