package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// jobClaim is the lease of a plan or finalize task, and what it found.
type jobClaim struct {
	lease    store.Lease
	phase    string
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
			return done(ctx, tx) // the job was removed long after its end
		}
		if err != nil {
			return err
		}
		if job.FinishedAt != nil || job.Epoch != epoch || job.Phase != phase {
			return done(ctx, tx)
		}
		claim = jobClaim{
			lease: store.Lease{JobID: job.ID, Source: job.Source}, phase: phase, failures: int(job.Failures),
			mode: job.Mode, closedFor: job.ClosedFor,
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
		// This task is over all the same. The predecessor's last transaction brings
		// another one; should that get lost, the reaper does.
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
