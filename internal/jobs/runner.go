package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"holdfast/internal/source"
	"holdfast/internal/store"
)

// Source is a configured source as the worker runs it.
type Source struct {
	source.Source

	Name string
	// AbsentRuns is after how many complete listings without it a row gets a
	// tombstone; at least 1.
	AbsentRuns int
	// MaxDeleteShare is the share of live rows, 0 to 1, beyond which a job's
	// deletions are held.
	MaxDeleteShare float64
	// FullEvery is how old the last complete full listing may be for an
	// incremental one to do.
	FullEvery time.Duration
	// VolatileFields are top-level keys of a record that are left out of its
	// content hash.
	VolatileFields []string
}

// Config are the worker's settings; every field but Observer must be set.
type Config struct {
	// Concurrency is how many partitions one worker lists at the same time.
	Concurrency int
	// Slice is how long a partition's task lists before it makes way.
	Slice time.Duration
	// PagesPerTransaction is how many pages that lie ready may share one.
	PagesPerTransaction int
	// Lease is how long a worker may be silent before it is taken for dead.
	Lease time.Duration
	// FirstBackoff is the first wait after a failure; it doubles from there.
	FirstBackoff time.Duration
	// KeepJobs and KeepLedger are how long ended jobs are kept, and their pages
	// with the records that could not be used.
	KeepJobs, KeepLedger time.Duration
	// Receipts has the connections that take no part in any sync and read the
	// receipts. To open one for each job would be a third of what a small job costs.
	Receipts *pgxpool.Pool
	// Observer is told what the worker does; nil tells nobody.
	Observer Observer
}

// runner does the work of the tasks.
type runner struct {
	store   *store.Store
	river   *river.Client[pgx.Tx]
	sources map[string]Source
	config  Config
	log     *slog.Logger
	// draining is closed when the worker is asked to stop: slices end after
	// the page they are writing.
	draining chan struct{}
}

// completion completes the task that is being worked in a transaction, so that
// its result and its end commit together.
type completion func(ctx context.Context, tx *store.Tx) error

// completing returns the completion of a River job. A job that River no longer
// takes for running is no obstacle: the epoch decided who may act, not River.
func completing[T river.JobArgs](job *river.Job[T]) completion {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx.Tx, job)
		if errors.Is(err, rivertype.ErrNotFound) {
			return nil
		}
		return err
	}
}

// completed is the completion of a task that goes on although River knows it
// for complete: with the first pages of the job that it planned, or with the end
// of the job whose last partition it listed, under the lease that its own
// transaction took. That spares a task, and the wait until it is picked up. If
// the worker dies the reaper inserts the task that was spared.
func completed(context.Context, *store.Tx) error { return nil }

type planWorker struct {
	river.WorkerDefaults[planArgs]

	r *runner
}

// Work begins a sync job.
func (w *planWorker) Work(ctx context.Context, job *river.Job[planArgs]) error {
	return w.r.plan(ctx, job.Args, completing(job))
}

type partitionWorker struct {
	river.WorkerDefaults[partitionArgs]

	r *runner
}

// Work lists a slice of a partition.
func (w *partitionWorker) Work(ctx context.Context, job *river.Job[partitionArgs]) error {
	return w.r.partition(ctx, job.Args, completing(job))
}

type finalizeWorker struct {
	river.WorkerDefaults[finalizeArgs]

	r *runner
}

// Work ends a sync job.
func (w *finalizeWorker) Work(ctx context.Context, job *river.Job[finalizeArgs]) error {
	return w.r.finalize(ctx, job.Args, completing(job))
}

// lastWords bounds the transaction that ends a task, conclusion the one that
// ends a job: it may have to mark every row of a source. Both also run when
// the task's own context is over.
const (
	lastWords  = 10 * time.Second
	conclusion = 10 * time.Minute
)

// inLastTx runs the transaction that ends a task.
func (r *runner) inLastTx(ctx context.Context, f func(ctx context.Context, tx *store.Tx) error) error {
	return r.inDetachedTx(ctx, lastWords, f)
}

func (r *runner) inDetachedTx(
	ctx context.Context, limit time.Duration, f func(ctx context.Context, tx *store.Tx) error,
) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	err := r.store.InTx(ctx, func(tx *store.Tx) error { return f(ctx, tx) })
	if errors.Is(err, store.ErrFenced) {
		return nil
	}
	return err
}
