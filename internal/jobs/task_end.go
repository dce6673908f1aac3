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
// or fails it. One that is to be cancelled is: while it waits nobody would look
// for that. A rate limit that this task met holds all the same.
func (r *runner) taskFailed(ctx context.Context, claim jobClaim, f failure, done completion) error {
	lease := claim.lease
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, lease.JobID)
		if err != nil {
			return err
		}
		if job.Epoch != lease.Epoch || job.Phase != claim.phase || job.FinishedAt != nil {
			return store.ErrFenced // or it has got further than this task knows
		}
		wait := f.wait(r.config.FirstBackoff, claim.failures)
		if claim.closedFor == 0 {
			// What closed it before the task began is kept, with the service's own words.
			if err := r.closeSource(ctx, tx, lease.Source, f, wait); err != nil {
				return err
			}
		}
		end := ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}
		if job.CancelRequestedAt != nil {
			return r.finishAndComplete(ctx, tx, end, done)
		}
		if !f.fatal(claim.failures, 0) {
			return r.taskWaits(ctx, tx, claim, f, wait, done)
		}
		if err := insertEvent(ctx, tx, lease, f, nil); err != nil {
			return err
		}
		end.status, end.err, end.configuration = project.Failed, jobError(f, ""), f.kind == source.Configuration
		return r.finishAndComplete(ctx, tx, end, done)
	})
}

// taskWaits has the claim's task tried again after a while, and lets the job
// wait for that.
func (r *runner) taskWaits(
	ctx context.Context, tx *store.Tx, claim jobClaim, f failure, wait time.Duration, done completion,
) error {
	lease := claim.lease
	failed := int32(1)
	if f.kind == source.RateLimit {
		failed = 0
	}
	kept, err := json.Marshal(jobError(f, ""))
	if err != nil {
		return fmt.Errorf("encode the job's error: %w", err)
	}
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
	if err := r.insertTask(ctx, tx, claim, *retryAt); err != nil {
		return err
	}
	return done(ctx, tx)
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

// cancelJob ends a job whose plan or finalize task found that it is to be cancelled.
func (r *runner) cancelJob(ctx context.Context, lease store.Lease, done completion) error {
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, lease.JobID)
		if err != nil {
			return err
		}
		if job.Epoch != lease.Epoch || job.FinishedAt != nil {
			return store.ErrFenced
		}
		end := ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}
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
