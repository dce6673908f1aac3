package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// busyWait is how long a job waits for its predecessor before the reaper looks
// whether its waking got lost.
const busyWait = 30 * time.Second

// plan takes the source's running slot, asks the source how its listing can be
// partitioned, and hands the job to its partitions.
func (r *runner) plan(ctx context.Context, args planArgs, done completion) error {
	claim, err := r.claimJob(ctx, args.JobID, args.Epoch, "plan", done)
	if err != nil || claim.lease.Epoch == 0 {
		return err
	}
	lease := claim.lease
	log := r.log.With("job", lease.JobID, "source", lease.Source, "epoch", lease.Epoch)
	src, ok := r.sources[lease.Source]
	if !ok {
		return r.planFailed(ctx, lease, unknownSource(lease.Source), claim.failures, done)
	}
	log.InfoContext(ctx, "sync begins")
	work, stop := r.keepLease(ctx, r.beatJob(lease))
	plan, mode, err := r.askPlan(work, src, claim)
	cause := context.Cause(work)
	stop()
	switch {
	case errors.Is(cause, errCancelled):
		return r.cancelJob(ctx, lease, done)
	case cause != nil:
		return cause
	case err != nil:
		return r.planFailed(ctx, lease, failureOf(err), claim.failures, done)
	}
	log.InfoContext(ctx, "listing planned", "mode", mode, "partitions", len(plan.Partitions))
	return r.startListing(ctx, lease, plannedListing{Plan: plan, mode: mode}, done)
}

// overlap is how far before the start of the last sync an incremental listing
// begins: clocks differ, and services show their changes with some delay.
const overlap = 10 * time.Minute

// askPlan asks the source, unless a rate limit keeps it closed. It returns the
// mode of the plan: an incremental listing needs a source that can tell what
// changed, and a complete full listing that is not too old.
func (r *runner) askPlan(ctx context.Context, src Source, claim jobClaim) (source.Plan, string, error) {
	if claim.closedFor > 0 {
		return source.Plan{}, "", rateLimitHolds(claim.closedFor)
	}
	var plan source.Plan
	if incremental, ok := src.Source.(source.Incremental); ok && claim.mode == project.ModeIncremental {
		since, err := r.store.Since(ctx, src.Name, overlap, src.FullEvery)
		if err != nil {
			return plan, "", err
		}
		if since != nil {
			plan, err = incremental.PlanSince(ctx, *since)
			return plan, project.ModeIncremental, r.planned(ctx, src.Name, plan, err)
		}
	}
	plan, err := src.Plan(ctx)
	return plan, project.ModeFull, r.planned(ctx, src.Name, plan, err)
}

// planned makes a plan without partitions an error, and tells of errors.
func (r *runner) planned(ctx context.Context, name string, plan source.Plan, err error) error {
	if err == nil && len(plan.Partitions) == 0 {
		err = &source.Error{Kind: source.Contract, Code: "no_partitions", Message: "the source has no listing"}
	}
	if err != nil && ctx.Err() == nil {
		r.config.Observer.SourceFailed(name, source.KindOf(err))
	}
	return err
}

// rateLimitHolds is the error of a source that another task found limited.
func rateLimitHolds(wait time.Duration) error {
	return &source.Error{
		Kind: source.RateLimit, Code: "rate_limited", RetryAfter: wait,
		Message: "a rate limit of the service holds; nothing is asked of it until it is over",
	}
}

// jobClaim is the lease of a plan or finalize task, and what it found.
type jobClaim struct {
	lease    store.Lease
	failures int
	mode     string
	// closedFor is how long a rate limit still keeps the source closed.
	closedFor time.Duration
}

// claimJob takes the lease of a plan or finalize task. A lease without an epoch
// means that the task is over: it was not current any more, or the slot is taken.
func (r *runner) claimJob(
	ctx context.Context, jobID string, epoch int64, phase string, done completion,
) (jobClaim, error) {
	var claim jobClaim
	err := r.store.InTx(ctx, func(tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, jobID)
		if errors.Is(err, project.ErrNotFound) {
			return done(ctx, tx)
		}
		if err != nil {
			return err
		}
		if job.FinishedAt != nil || job.Epoch != epoch || job.Phase != phase {
			return done(ctx, tx)
		}
		claim = jobClaim{
			lease: store.Lease{JobID: job.ID, Source: job.Source}, failures: int(job.Failures), mode: job.Mode,
			closedFor: job.ClosedFor,
		}
		return r.takeSlot(ctx, tx, &job, &claim.lease, done)
	})
	return claim, err
}

// takeSlot claims the job, unless it is to be cancelled or its predecessor
// still runs. It leaves the lease without an epoch when the task is over.
func (r *runner) takeSlot(
	ctx context.Context, tx *store.Tx, job *db.LockSourceAndJobRow, lease *store.Lease, done completion,
) error {
	if job.CancelRequestedAt != nil {
		end := ending{jobID: job.ID, source: job.Source, status: project.Cancelled}
		return r.finishAndComplete(ctx, tx, end, done)
	}
	taken, err := tx.SlotTaken(ctx, db.SlotTakenParams{Source: job.Source, ID: job.ID})
	if err != nil {
		return fmt.Errorf("look at the running slot: %w", err)
	}
	if taken {
		behind := db.QueueBehindParams{ID: job.ID, Epoch: job.Epoch, Wait: busyWait}
		if err := tx.QueueBehind(ctx, behind); err != nil {
			return fmt.Errorf("queue behind the predecessor: %w", err)
		}
		return done(ctx, tx)
	}
	claim, err := tx.ClaimJob(ctx, db.ClaimJobParams{ID: job.ID, Epoch: job.Epoch, Lease: r.config.Lease})
	if err != nil {
		return fmt.Errorf("claim job: %w", err)
	}
	lease.Epoch = claim.Epoch
	return nil
}

// planFailed lets the job wait and plans again, or fails it.
func (r *runner) planFailed(
	ctx context.Context, lease store.Lease, f failure, failures int, done completion,
) error {
	if f.fatal(failures, 0) {
		return r.failJob(ctx, lease, f, done)
	}
	failed := int32(1)
	if f.kind == source.RateLimit {
		failed = 0
	}
	kept, err := json.Marshal(jobError(f, ""))
	if err != nil {
		return fmt.Errorf("encode the job's error: %w", err)
	}
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := lockSourceAndJob(ctx, tx, lease.JobID); err != nil {
			return err
		}
		wait := f.wait(r.config.FirstBackoff, failures)
		retryAt, err := tx.JobWaits(ctx, db.JobWaitsParams{
			ID: lease.JobID, Epoch: lease.Epoch, Reason: new(string(f.reason())), Wait: wait, Failed: failed, Error: kept,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrFenced
		}
		if err != nil {
			return fmt.Errorf("let the job wait: %w", err)
		}
		if err := insertEvent(ctx, tx, lease, f, retryAt); err != nil {
			return err
		}
		if err := r.closeSource(ctx, tx, lease.Source, f, wait); err != nil {
			return err
		}
		task, err := r.river.InsertTx(ctx, tx.Tx, planArgs{JobID: lease.JobID, Epoch: lease.Epoch},
			&river.InsertOpts{ScheduledAt: *retryAt})
		if err != nil {
			return fmt.Errorf("insert the next plan task: %w", err)
		}
		if err := tx.SetJobTaskOnly(ctx, db.SetJobTaskOnlyParams{ID: lease.JobID, TaskID: &task.Job.ID}); err != nil {
			return fmt.Errorf("record the next plan task: %w", err)
		}
		return done(ctx, tx)
	})
}

// closeSource keeps every other task of the source away from it while a rate
// limit holds.
func (r *runner) closeSource(ctx context.Context, tx *store.Tx, name string, f failure, wait time.Duration) error {
	if f.kind != source.RateLimit {
		return nil
	}
	err := tx.CloseSource(ctx, db.CloseSourceParams{Name: name, Wait: wait, Reason: &f.message})
	if err != nil {
		return fmt.Errorf("close the source: %w", err)
	}
	return nil
}

// failJob ends a job that cannot go on.
func (r *runner) failJob(ctx context.Context, lease store.Lease, f failure, done completion) error {
	r.log.ErrorContext(ctx, "sync failed", "job", lease.JobID, "source", lease.Source, "epoch", lease.Epoch,
		"code", f.code, "error", f.message)
	return r.endJob(ctx, lease, ending{
		jobID: lease.JobID, source: lease.Source, status: project.Failed, err: jobError(f, ""),
		configuration: f.kind == source.Configuration,
	}, &f, done)
}

// cancelJob ends a job whose plan or finalize task found that it is to be cancelled.
func (r *runner) cancelJob(ctx context.Context, lease store.Lease, done completion) error {
	end := ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}
	return r.endJob(ctx, lease, end, nil, done)
}

// endJob writes a job's terminal state for the holder of its plan or finalize
// lease.
func (r *runner) endJob(ctx context.Context, lease store.Lease, end ending, f *failure, done completion) error {
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, lease.JobID)
		if err != nil {
			return err
		}
		if job.Epoch != lease.Epoch || job.FinishedAt != nil {
			return store.ErrFenced
		}
		if f != nil {
			if err := insertEvent(ctx, tx, lease, *f, nil); err != nil {
				return err
			}
		}
		return r.finishAndComplete(ctx, tx, end, done)
	})
}

// finishAndComplete ends the job and the task that ends it.
func (r *runner) finishAndComplete(ctx context.Context, tx *store.Tx, end ending, done completion) error {
	if err := r.finish(ctx, tx, end); err != nil {
		return err
	}
	return done(ctx, tx)
}

// unknownSource is the failure of a job whose source the worker does not have.
// It may pass: while a new configuration is rolled out, the next worker to try
// may have it.
func unknownSource(name string) failure {
	return failure{
		kind: source.Transient, code: "unknown_source", retryable: true,
		message: fmt.Sprintf("the worker's configuration has no source %q: add it, or give API and worker the same file", name),
	}
}

// insertEvent records what went wrong on the way.
func insertEvent(ctx context.Context, tx *store.Tx, lease store.Lease, f failure, retryAt *time.Time) error {
	event := db.InsertEventParams{
		JobID: lease.JobID, Kind: string(f.kind), Code: f.code, Message: f.message, Retryable: f.retryable, RetryAt: retryAt,
	}
	if lease.PartitionID != 0 {
		event.PartitionID = &lease.PartitionID
	}
	if f.sample != "" {
		event.Sample = &f.sample
	}
	if err := tx.InsertEvent(ctx, event); err != nil {
		return fmt.Errorf("record the event: %w", err)
	}
	return nil
}
