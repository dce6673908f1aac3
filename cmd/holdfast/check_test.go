package main

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// checked is a check of the source gitlab as a worker left it.
func checked(report *project.SourceReport, failure *project.JobError) project.SourceCheck {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return project.SourceCheck{ID: jobID, Source: "gitlab", CreatedAt: at, FinishedAt: &at, Report: report, Error: failure}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := newFake()
	url := f.serve(t)
	f.checks = []project.SourceCheck{checked(&project.SourceReport{Service: "GitLab 17.5", Account: "ann", Projects: new(int64(4000))}, nil)}
	holdfast(t.Context(), t, url, "check", "gitlab").want(0, "gitlab  ok", "reached   GitLab 17.5", "account   ann", "projects  4000")

	f.checks = []project.SourceCheck{checked(&project.SourceReport{Service: "GitHub", Missing: []string{"repo"}}, nil)}
	holdfast(t.Context(), t, url, "check", "gitlab").want(1, "gitlab  failed", "missing   repo", "to do     give the credentials")

	f.checks = []project.SourceCheck{checked(nil, &project.JobError{Code: "unauthorized", Message: "make a token"})}
	holdfast(t.Context(), t, url, "check", "gitlab").want(1, "error     make a token (unauthorized)")

	var check openapi.SourceCheck
	r := holdfast(t.Context(), t, url, "check", "gitlab", "--json").want(1)
	if err := json.Unmarshal([]byte(r.stdout), &check); err != nil || check.Error == nil || check.Status != openapi.SourceCheckStatusFailed {
		t.Errorf("%v\n%s", err, r.stdout)
	}
	holdfast(t.Context(), t, url, "check", "gitlba").want(4, "Configured sources: gitlab")
	holdfast(t.Context(), t, url, "check").want(2, "check needs SOURCE")
}

// A worker that takes its time is waited for, over several requests: an API that
// drains answers each of them at once.
func TestCheckWaits(t *testing.T) {
	t.Parallel()
	f := newFake()
	running := project.SourceCheck{ID: jobID, Source: "gitlab", CreatedAt: time.Now()}
	f.checks = []project.SourceCheck{running, running, running, checked(&project.SourceReport{Service: "GitLab"}, nil)}
	draining := api.New(f.deps(nil))
	draining.Drain()
	server := httptest.NewServer(draining)
	t.Cleanup(server.Close)
	holdfast(t.Context(), t, server.URL, "check", "gitlab").want(0, "no worker has answered yet", "gitlab  ok")
}

func TestCheckThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	err := &unansweredError{check: jobID}
	if code := exitCode(t.Context(), err); code != exitUnreachable || !strings.Contains(complaint(err), "is holdfast-worker running?") {
		t.Errorf("exit code %d, %q", code, complaint(err))
	}
}
