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

// taskFailed lets the job wait until its plan or finalize task is tried again,
// or fails it.
func (r *runner) taskFailed(ctx context.Context, claim jobClaim, f failure, done completion) error {
	lease := claim.lease
	if f.fatal(claim.failures, 0) {
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
		wait := f.wait(r.config.FirstBackoff, claim.failures)
		retryAt, err := tx.JobWaits(ctx, db.JobWaitsParams{
			ID: lease.JobID, Epoch: lease.Epoch, Phase: claim.phase, Reason: new(string(f.reason())), Wait: wait, Failed: failed, Error: kept,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrFenced
		}
		if err != nil {
			return fmt.Errorf("let the job wait: %w", err)
		}
		r.log.WarnContext(ctx, "source failed, waiting", "job", lease.JobID, "source", lease.Source, "phase", claim.phase,
			"epoch", lease.Epoch, "code", f.code, "error", f.message, "retry_at", retryAt, "failures", claim.failures+int(failed))
		if err := insertEvent(ctx, tx, lease, f, retryAt); err != nil {
			return err
		}
		if err := r.closeSource(ctx, tx, lease.Source, f, wait); err != nil {
			return err
		}
		if err := r.insertTask(ctx, tx, claim, *retryAt); err != nil {
			return err
		}
		return done(ctx, tx)
	})
}

// insertTask has the claim's task tried again at a moment.
func (r *runner) insertTask(ctx context.Context, tx *store.Tx, claim jobClaim, at time.Time) error {
	args := taskArgs(claim.phase, claim.lease.JobID, claim.lease.Epoch)
	task, err := r.river.InsertTx(ctx, tx.Tx, args, &river.InsertOpts{ScheduledAt: at})
	if err != nil {
		return fmt.Errorf("insert the next %s task: %w", claim.phase, err)
	}
	if err := tx.SetJobTaskOnly(ctx, db.SetJobTaskOnlyParams{ID: claim.lease.JobID, TaskID: &task.Job.ID}); err != nil {
		return fmt.Errorf("record the next %s task: %w", claim.phase, err)
	}
	return nil
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
