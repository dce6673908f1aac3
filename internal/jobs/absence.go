package jobs

import (
	"context"
	"fmt"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// absence is what a complete listing decides about the rows it did not name.
type absence struct{ absent, deleted, held int64 }

// decideAbsence counts one more run for the rows that a complete listing did
// not name, and gives tombstones to those that were missing often enough,
// unless that would be too many at once: then a person decides. It runs in the
// transaction that ends the job, so that each listing counts exactly once.
func decideAbsence(
	ctx context.Context, tx *store.Tx, lease store.Lease, src Source, found reading,
) (absence, error) {
	result := absence{absent: int64(len(found.absent))}
	err := tx.ForgetAbsences(ctx, db.ForgetAbsencesParams{Source: lease.Source, Absent: found.absent})
	if err != nil {
		return result, fmt.Errorf("forget absences: %w", err)
	}
	// Before this job may hold a plan of its own: a source has one at most.
	err = tx.SupersedePlan(ctx, db.SupersedePlanParams{Source: lease.Source, JobID: lease.JobID})
	if err != nil {
		return result, fmt.Errorf("supersede held deletions: %w", err)
	}
	if len(found.absent) == 0 {
		return result, nil
	}
	err = tx.RecordAbsences(ctx, db.RecordAbsencesParams{JobID: lease.JobID, Absent: found.absent})
	if err != nil {
		return result, fmt.Errorf("record absences: %w", err)
	}
	runs := int32(src.AbsentRuns) //nolint:gosec // bounded by the configuration
	gone, err := tx.CountGone(ctx, db.CountGoneParams{Source: lease.Source, AbsentRuns: runs})
	if err != nil {
		return result, fmt.Errorf("count rows that are gone: %w", err)
	}
	if project.HoldDeletions(gone, found.live, src.MaxDeleteShare) {
		result.held = gone
		err = tx.HoldPlan(ctx, db.HoldPlanParams{
			Source: lease.Source, JobID: lease.JobID, Held: gone, Live: found.live, AbsentRuns: runs,
		})
		if err != nil {
			return result, fmt.Errorf("hold deletions: %w", err)
		}
		return result, nil
	}
	result.deleted, err = tx.TombstoneGone(ctx, db.TombstoneGoneParams{
		Source: lease.Source, AbsentRuns: runs, JobID: lease.JobID,
	})
	if err != nil {
		return result, fmt.Errorf("write tombstones: %w", err)
	}
	result.absent -= result.deleted
	return result, nil
}
