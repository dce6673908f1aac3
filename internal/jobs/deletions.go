package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// ApproveDeletions gives tombstones to the rows that a job's held deletions are
// about, counted afresh: those that came back since are left alone. It returns
// how many rows got one.
func (c *Client) ApproveDeletions(ctx context.Context, jobID, caller string) (int64, error) {
	return c.decideDeletions(ctx, jobID, func(tx *store.Tx, plan db.HeldPlanRow) (int64, error) {
		n, err := tx.TombstoneGone(ctx, db.TombstoneGoneParams{
			Source: plan.Source, AbsentRuns: plan.AbsentRuns, JobID: jobID,
		})
		if err != nil {
			return 0, fmt.Errorf("write tombstones: %w", err)
		}
		return n, decide(ctx, tx, plan.ID, "approved", caller, &n)
	})
}

// DiscardDeletions keeps the rows alive and begins to count their absence anew.
// It returns how many rows that concerns.
func (c *Client) DiscardDeletions(ctx context.Context, jobID, caller string) (int64, error) {
	kept := int64(0)
	_, err := c.decideDeletions(ctx, jobID, func(tx *store.Tx, plan db.HeldPlanRow) (int64, error) {
		var err error
		kept, err = tx.ForgetGone(ctx, db.ForgetGoneParams{Source: plan.Source, AbsentRuns: plan.AbsentRuns})
		if err != nil {
			return 0, fmt.Errorf("forget absences: %w", err)
		}
		return 0, decide(ctx, tx, plan.ID, "discarded", caller, nil)
	})
	return kept, err
}

func decide(ctx context.Context, tx *store.Tx, planID int64, state, caller string, deleted *int64) error {
	err := tx.DecidePlan(ctx, db.DecidePlanParams{ID: planID, State: state, DecidedBy: &caller, Deleted: deleted})
	if err != nil {
		return fmt.Errorf("decide about held deletions: %w", err)
	}
	return nil
}

// decideDeletions runs a decision while no sync of the source is running: a
// running one may already have seen a row that is about to get its tombstone.
func (c *Client) decideDeletions(
	ctx context.Context, jobID string, decision func(tx *store.Tx, plan db.HeldPlanRow) (int64, error),
) (int64, error) {
	var deleted int64
	err := c.store.InTx(ctx, func(tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, jobID)
		if err != nil {
			return err
		}
		plan, err := tx.HeldPlan(ctx, jobID)
		if errors.Is(err, pgx.ErrNoRows) {
			return project.ErrNothingHeld
		}
		if err != nil {
			return fmt.Errorf("find held deletions: %w", err)
		}
		running, err := tx.SlotTaken(ctx, db.SlotTakenParams{Source: job.Source, ID: jobID})
		if err != nil {
			return fmt.Errorf("look at the running slot: %w", err)
		}
		if running {
			return project.ErrSyncRunning
		}
		if err := tx.PlanAnew(ctx); err != nil {
			return err
		}
		if deleted, err = decision(tx, plan); err != nil {
			return err
		}
		if err := tx.MoveHeld(ctx, db.MoveHeldParams{ID: jobID, Deleted: deleted}); err != nil {
			return fmt.Errorf("account for the decision: %w", err)
		}
		return nil
	})
	return deleted, err
}
