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

// endSlice ends a slice by what stopped it.
func (r *runner) endSlice(ctx context.Context, s *slice, why error, done completion) error {
	switch {
	case errors.Is(why, errListed):
		return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return r.partitionDone(ctx, tx, s, done)
		})
	case errors.Is(why, errSliceOver), errors.Is(why, errDraining), errors.Is(why, context.Canceled):
		return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return r.partitionContinues(ctx, tx, s, done)
		})
	case errors.Is(why, store.ErrFenced), errors.Is(why, errSilent):
		s.log.WarnContext(ctx, "fenced: another worker has the partition", "cause", why)
		return nil
	case errors.Is(why, errCancelled):
		return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
			if _, err := lockSourceAndJob(ctx, tx, s.lease.JobID); err != nil {
				return err
			}
			return r.partitionCancelled(ctx, tx, s.lease, done)
		})
	case errors.Is(why, errClosed):
		return r.waitForSource(ctx, s, done)
	case errors.Is(why, errUnknownSource):
		return r.sliceFailed(ctx, s, unknownSource(s.lease.Source), done)
	}
	if listing, ok := errors.AsType[*listingError](why); ok {
		r.config.Observer.SourceFailed(s.lease.Source, source.KindOf(listing.err))
		return r.sliceFailed(ctx, s, failureOf(listing.err), done)
	}
	return r.sliceFailed(ctx, s, storageFailure("write the page", why), done)
}

// partitionDone ends the partition and, after the last one, begins the end of
// the job. The job row is locked before the rest is counted: of two partitions
// that finish together exactly one finds nothing left.
func (r *runner) partitionDone(ctx context.Context, tx *store.Tx, s *slice, done completion) error {
	if _, err := tx.LockJob(ctx, s.lease.JobID); err != nil {
		return fmt.Errorf("lock job: %w", err)
	}
	if err := endPartition(ctx, tx, s.lease, project.PartitionDone); err != nil {
		return err
	}
	left, err := tx.CountPartitions(ctx, s.lease.JobID)
	if err != nil {
		return fmt.Errorf("count partitions: %w", err)
	}
	s.log.InfoContext(ctx, "partition listed", "name", s.partition.Name, "unfinished", left.Unfinished)
	if left.Unfinished > 0 {
		// Whoever ends last sees the others' ends: they hold the job's lock in turn.
		// Those that are left may all be waiting.
		if err := r.jobWaits(ctx, tx, s.lease.JobID); err != nil {
			return err
		}
		return done(ctx, tx)
	}
	epoch, err := tx.StartFinalize(ctx, db.StartFinalizeParams{ID: s.lease.JobID, Lease: r.config.Lease})
	if errors.Is(err, pgx.ErrNoRows) {
		return done(ctx, tx) // failed or cancelled by another partition just before
	}
	if err != nil {
		return fmt.Errorf("begin the job's end: %w", err)
	}
	tx.OnCommit(func() { s.end = store.Lease{JobID: s.lease.JobID, Source: s.lease.Source, Epoch: epoch} })
	return done(ctx, tx)
}

// endPartition writes a partition's terminal state for the holder of its lease.
func endPartition(ctx context.Context, tx *store.Tx, lease store.Lease, state project.PartitionState) error {
	n, err := tx.PartitionEnds(ctx, db.PartitionEndsParams{
		ID: lease.PartitionID, Epoch: lease.Epoch, State: string(state),
	})
	if err != nil {
		return fmt.Errorf("end partition: %w", err)
	}
	if n == 0 {
		return store.ErrFenced
	}
	return nil
}

// partitionContinues hands the partition to a fresh task at the end of the queue.
// Should the job be cancelled by now, that task's claim says so.
func (r *runner) partitionContinues(ctx context.Context, tx *store.Tx, s *slice, done completion) error {
	task, err := r.river.InsertTx(ctx, tx.Tx, s.continuation(), nil)
	if err != nil {
		return fmt.Errorf("insert continuation: %w", err)
	}
	n, err := tx.PartitionContinues(ctx, db.PartitionContinuesParams{
		ID: s.lease.PartitionID, Epoch: s.lease.Epoch, TaskID: &task.Job.ID,
	})
	if err != nil {
		return fmt.Errorf("continue partition: %w", err)
	}
	if n == 0 {
		return store.ErrFenced
	}
	return done(ctx, tx)
}

func (s *slice) continuation() partitionArgs {
	return partitionArgs{
		JobID: s.lease.JobID, Source: s.lease.Source, PartitionID: s.lease.PartitionID, Epoch: s.lease.Epoch,
	}
}

// partitionCancelled stops a partition of a job that is to be cancelled, and
// completes its task. The last one that somebody worked on makes the job
// cancelled, and stops those that wait. The source and the job are locked.
func (r *runner) partitionCancelled(ctx context.Context, tx *store.Tx, lease store.Lease, done completion) error {
	if err := endPartition(ctx, tx, lease, project.PartitionStopped); err != nil {
		return err
	}
	left, err := tx.CountPartitions(ctx, lease.JobID)
	if err != nil {
		return fmt.Errorf("count partitions: %w", err)
	}
	if left.Running > 0 {
		return done(ctx, tx)
	}
	return r.finishAndComplete(ctx, tx, ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}, done)
}

// waitForSource lets the partition wait until the source's rate limit, which
// another task met, is over; unless the job is to be cancelled.
func (r *runner) waitForSource(ctx context.Context, s *slice, done completion) error {
	gate, err := r.store.Queries().SourceGate(ctx, s.lease.Source)
	if err != nil {
		return fmt.Errorf("look at the source's rate limit: %w", err)
	}
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, s.lease.JobID)
		if err != nil {
			return err
		}
		if job.CancelRequestedAt != nil {
			return r.partitionCancelled(ctx, tx, s.lease, done)
		}
		return r.partitionWaits(ctx, tx, s, failureOf(rateLimitHolds(max(gate.Wait, time.Second))), done)
	})
}

// sliceFailed decides about a failure of the source: begin again, wait, or fail.
// A job that is to be cancelled does none of them: once the partition waits,
// nobody would look for that before the wait is over. A rate limit holds all the
// same, for the source's next job.
func (r *runner) sliceFailed(ctx context.Context, s *slice, f failure, done completion) error {
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, s.lease.JobID)
		if err != nil {
			return err
		}
		wait := f.wait(r.config.FirstBackoff, s.failures)
		if err := r.closeSource(ctx, tx, s.lease.Source, f, wait); err != nil {
			return err
		}
		switch {
		case job.CancelRequestedAt != nil:
			return r.partitionCancelled(ctx, tx, s.lease, done)
		case f.fatal(s.failures, s.restarts):
			return r.failFromSlice(ctx, tx, s, f, done)
		case f.kind == source.Expired:
			return r.partitionRestarts(ctx, tx, s, f, done)
		}
		f.after = wait
		return r.partitionWaits(ctx, tx, s, f, done)
	})
}

// partitionRestarts begins the listing again, because its cursor expired.
func (r *runner) partitionRestarts(ctx context.Context, tx *store.Tx, s *slice, f failure, done completion) error {
	n, err := tx.PartitionRestarts(ctx, db.PartitionRestartsParams{ID: s.lease.PartitionID, Epoch: s.lease.Epoch})
	if err != nil {
		return fmt.Errorf("restart partition: %w", err)
	}
	if n == 0 {
		return store.ErrFenced
	}
	if err := insertEvent(ctx, tx, s.lease, f, nil); err != nil {
		return err
	}
	return r.partitionContinues(ctx, tx, s, done)
}

// partitionWaits schedules the continuation for f.after from now. The job
// waits too when no other partition of it is at work. The job is locked, and is
// not to be cancelled.
func (r *runner) partitionWaits(ctx context.Context, tx *store.Tx, s *slice, f failure, done completion) error {
	failed := int32(1)
	if f.kind == source.RateLimit {
		failed = 0
	}
	row, err := tx.PartitionWaits(ctx, db.PartitionWaitsParams{
		ID: s.lease.PartitionID, Epoch: s.lease.Epoch, Reason: new(string(f.reason())), Wait: f.after, Failed: failed,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrFenced
	}
	if err != nil {
		return fmt.Errorf("let the partition wait: %w", err)
	}
	s.log.WarnContext(ctx, "source failed, waiting", "code", f.code, "error", f.message, "retry_at", row.RetryAt,
		"failures", row.Failures)
	if err := r.recordFailure(ctx, tx, s, f, row.RetryAt); err != nil {
		return err
	}
	task, err := r.river.InsertTx(ctx, tx.Tx, s.continuation(), &river.InsertOpts{ScheduledAt: *row.RetryAt})
	if err != nil {
		return fmt.Errorf("insert continuation: %w", err)
	}
	own := db.SetPartitionTaskParams{ID: s.lease.PartitionID, TaskID: &task.Job.ID}
	if err := tx.SetPartitionTask(ctx, own); err != nil {
		return fmt.Errorf("record continuation: %w", err)
	}
	if err := r.jobWaits(ctx, tx, s.lease.JobID); err != nil {
		return err
	}
	return done(ctx, tx)
}

// recordFailure keeps a failure with the job and in its history.
func (r *runner) recordFailure(ctx context.Context, tx *store.Tx, s *slice, f failure, retryAt *time.Time) error {
	if err := insertEvent(ctx, tx, s.lease, f, retryAt); err != nil {
		return err
	}
	kept, err := json.Marshal(jobError(f, s.partition.Name))
	if err != nil {
		return fmt.Errorf("encode the job's error: %w", err)
	}
	if err := tx.SetJobError(ctx, db.SetJobErrorParams{ID: s.lease.JobID, Error: kept}); err != nil {
		return fmt.Errorf("record the job's error: %w", err)
	}
	return nil
}

// jobWaits lets the job wait when every unfinished partition does.
func (r *runner) jobWaits(ctx context.Context, tx *store.Tx, jobID string) error {
	left, err := tx.CountPartitions(ctx, jobID)
	if err != nil {
		return fmt.Errorf("count partitions: %w", err)
	}
	if left.Busy > 0 {
		return nil
	}
	if err := tx.JobWaitsForPartitions(ctx, jobID); err != nil {
		return fmt.Errorf("let the job wait: %w", err)
	}
	return nil
}

// failFromSlice fails the whole job: what one partition cannot list is missing.
// The source and the job are locked.
func (r *runner) failFromSlice(ctx context.Context, tx *store.Tx, s *slice, f failure, done completion) error {
	if err := endPartition(ctx, tx, s.lease, project.PartitionStopped); err != nil {
		return err
	}
	if err := insertEvent(ctx, tx, s.lease, f, nil); err != nil {
		return err
	}
	return r.finishAndComplete(ctx, tx, ending{
		jobID: s.lease.JobID, source: s.lease.Source, status: project.Failed, err: jobError(f, s.partition.Name),
		configuration: f.kind == source.Configuration,
	}, done)
}
