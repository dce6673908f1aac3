package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"

	"holdfast/internal/health"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// Deps is what the server is made of. Every field is needed unless it says
// otherwise.
type Deps struct {
	Queue     Queue
	Deletions Deletions
	Checker   Checker
	Jobs      JobReader
	Records   RecordReader
	Plans     PlanReader
	Mirror    MirrorReader
	// Sources are the configured ones, in the order of the configuration.
	Sources []Source
	// Checks are asked by /readyz, in order.
	Checks []health.Check
	// Tokens are the callers; with none everybody is anonymous and may do
	// everything.
	Tokens []Token
	// TrustedProxies are those whose X-Forwarded-For is believed; optional.
	TrustedProxies []netip.Prefix
	// BodyLimit is the size in bytes above which a body is refused.
	BodyLimit int64
	// RateLimit is how many POSTs a second one caller may make; 0 is no limit.
	RateLimit float64
	// Metrics answers /metrics.
	Metrics http.Handler
	// Observer is told what the server did; nil tells nobody.
	Observer Observer
	Log      *slog.Logger
}

// Queue changes sync jobs; each call is one transaction.
type Queue interface {
	Enqueue(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error)
	Retry(ctx context.Context, request project.RetryRequest) (project.EnqueueResult, error)
	// Recall returns what an idempotency key led to, or [project.ErrNotFound].
	Recall(ctx context.Context, caller, key string, fingerprint []byte) (project.EnqueueResult, error)
	Cancel(ctx context.Context, jobID string) error
}

// Deletions decides about deletions that a job held back.
type Deletions interface {
	// ApproveDeletions returns how many rows got a tombstone.
	ApproveDeletions(ctx context.Context, jobID, caller string) (int64, error)
	// DiscardDeletions returns how many rows stay.
	DiscardDeletions(ctx context.Context, jobID, caller string) (int64, error)
}

// Checker has sources checked by workers.
type Checker interface {
	// StartCheck returns the id of the check, which is committed.
	StartCheck(ctx context.Context, source, caller string) (string, error)
}

// JobReader reads sync jobs.
type JobReader interface {
	Job(ctx context.Context, id string) (project.Job, error)
	ListJobs(ctx context.Context, filter store.JobFilter) ([]project.Job, error)
	JobExists(ctx context.Context, id string) (bool, error)
}

// RecordReader reads what happened on a job's way.
type RecordReader interface {
	Events(ctx context.Context, jobID string, after int64, limit int) ([]project.Event, error)
	Quarantined(ctx context.Context, jobID string, after int64, limit int) ([]project.Quarantined, error)
}

// PlanReader reads held deletions.
type PlanReader interface {
	DeletionPlan(ctx context.Context, jobID string) (project.DeletionPlan, error)
	DeletionRows(ctx context.Context, plan project.DeletionPlan, after int64, limit int) ([]project.Row, error)
}

// MirrorReader reads sources and the projects that were mirrored from them.
type MirrorReader interface {
	SourceReader
	ListProjects(ctx context.Context, filter store.ProjectFilter) ([]project.Row, error)
	Project(ctx context.Context, id int64) (project.RowDetail, error)
	Changes(ctx context.Context, id, before int64, limit int) ([]project.Change, error)
}

// SourceReader reads sources.
type SourceReader interface {
	SourceStates(ctx context.Context, names []string) (map[string]project.SourceState, error)
	SourceExists(ctx context.Context, name string) (bool, error)
	SourceCheck(ctx context.Context, id string) (project.SourceCheck, error)
}

// Source is a configured source.
type Source struct {
	project.SourceRef

	// Enabled tells whether it can be synced.
	Enabled bool
}
