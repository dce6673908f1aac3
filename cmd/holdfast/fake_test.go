package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// The job that every test is about.
const jobID = "019a7e0c-8a3e-7c11-9d0a-6f1f0a2f4c11"

// fake is what stands behind the real API in these tests: one source, one job.
type fake struct {
	mu       sync.Mutex
	job      project.Job
	requests []project.EnqueueRequest
	plan     *project.DeletionPlan
	rows     []project.Row
	events   []project.Event
	state    project.SourceState
	// onRead is called at every read of the job, to let time pass.
	onRead func(reads int, job *project.Job)
	reads  int
	err    error
	// checks is how a check looks at each look; the last one stays.
	checks []project.SourceCheck
}

func newFake() *fake {
	created := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	return &fake{job: project.Job{
		ID: jobID, Kind: "sync_projects", Source: "gitlab", Status: project.Queued, Mode: "full", Trigger: "api", CreatedAt: created,
	}}
}

// serve starts the API and returns its address.
func (f *fake) serve(tb testing.TB, tokens ...api.Token) string {
	tb.Helper()
	server := httptest.NewServer(api.New(f.deps(tokens)))
	tb.Cleanup(server.Close)
	return server.URL
}

func (f *fake) deps(tokens []api.Token) api.Deps {
	return api.Deps{
		Queue: f, Deletions: f, Checker: f, Jobs: f, Records: f, Plans: f, Mirror: f,
		Sources:   []api.Source{{SourceRef: project.SourceRef{Name: "gitlab", Kind: "gitlab"}, Enabled: true}},
		Tokens:    tokens,
		BodyLimit: 1 << 20, Log: slog.New(slog.DiscardHandler),
	}
}

func (f *fake) Enqueue(_ context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request)
	return project.EnqueueResult{Jobs: []project.EnqueuedJob{{Job: f.job}}}, f.err
}

func (f *fake) Retry(ctx context.Context, request project.RetryRequest) (project.EnqueueResult, error) {
	return f.Enqueue(ctx, project.EnqueueRequest{RetryOf: &request.JobID, IdempotencyKey: request.IdempotencyKey})
}

func (f *fake) Recall(context.Context, string, string, []byte) (project.EnqueueResult, error) {
	return project.EnqueueResult{}, project.ErrNotFound
}

func (f *fake) Cancel(context.Context, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.job.Status, f.job.CancelRequestedAt, f.job.FinishedAt = project.Cancelled, &f.job.CreatedAt, &f.job.CreatedAt
	return f.err
}

func (f *fake) Job(_ context.Context, id string) (project.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != jobID {
		return project.Job{}, project.ErrNotFound
	}
	f.reads++
	if f.onRead != nil {
		f.onRead(f.reads, &f.job)
	}
	return f.job, f.err
}

func (f *fake) ListJobs(context.Context, store.JobFilter) ([]project.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []project.Job{f.job}, nil
}

func (f *fake) JobExists(_ context.Context, id string) (bool, error) { return id == jobID, nil }

func (f *fake) Events(context.Context, string, int64, int) ([]project.Event, error) {
	return f.events, nil
}

func (f *fake) Quarantined(context.Context, string, int64, int) ([]project.Quarantined, error) {
	return nil, nil
}

func (f *fake) DeletionPlan(context.Context, string) (project.DeletionPlan, error) {
	if f.plan == nil {
		return project.DeletionPlan{}, project.ErrNothingHeld
	}
	return *f.plan, nil
}

func (f *fake) DeletionRows(context.Context, project.DeletionPlan, int64, int) ([]project.Row, error) {
	return f.rows, nil
}

func (f *fake) ApproveDeletions(context.Context, string, string) (int64, error) {
	f.plan.State, f.plan.Deleted = project.PlanApproved, new(f.plan.Held-1)
	return f.plan.Held - 1, nil
}

func (f *fake) DiscardDeletions(context.Context, string, string) (int64, error) {
	f.plan.State = project.PlanDiscarded
	return f.plan.Held, nil
}

func (f *fake) SourceStates(context.Context, []string) (map[string]project.SourceState, error) {
	return map[string]project.SourceState{"gitlab": f.state}, nil
}

func (f *fake) SourceExists(context.Context, string) (bool, error) { return false, nil }

func (f *fake) StartCheck(context.Context, string, string) (string, error) { return jobID, f.err }

func (f *fake) SourceCheck(context.Context, string) (project.SourceCheck, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	check := f.checks[0]
	if len(f.checks) > 1 {
		f.checks = f.checks[1:]
	}
	return check, f.err
}

// ListProjects gives pages as the store does: the rows behind the last one seen.
func (f *fake) ListProjects(_ context.Context, filter store.ProjectFilter) ([]project.Row, error) {
	var page []project.Row
	for _, row := range f.rows {
		if row.ExternalID > filter.AfterExternalID && len(page) < filter.Limit {
			page = append(page, row)
		}
	}
	return page, nil
}

func (f *fake) Project(context.Context, int64) (project.RowDetail, error) {
	return project.RowDetail{}, project.ErrNotFound
}

func (f *fake) Changes(context.Context, int64, int64, int) ([]project.Change, error) { return nil, nil }

// result is what a call of the command left behind.
type result struct {
	tb             testing.TB
	code           int
	stdout, stderr string
}

// holdfast runs the command against an API.
func holdfast(ctx context.Context, tb testing.TB, url string, args ...string) result {
	tb.Helper()
	env := map[string]string{"HOLDFAST_URL": url, "HOLDFAST_TOKEN": "t0ken"}
	var stdout, stderr bytes.Buffer
	code := run(ctx, args, func(name string) string { return env[name] }, &stdout, &stderr)
	return result{tb: tb, code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// want fails the test unless the exit code and parts of the output are those.
func (r result) want(code int, parts ...string) result {
	r.tb.Helper()
	if r.code != code {
		r.tb.Errorf("exit code %d, want %d", r.code, code)
	}
	for _, part := range parts {
		if !strings.Contains(r.stdout+r.stderr, part) {
			r.tb.Errorf("%q is missing", part)
		}
	}
	if r.tb.Failed() {
		r.tb.Fatalf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
	}
	return r
}
