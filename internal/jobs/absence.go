package jobs

import (
	"context"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// absence is what a complete listing decides about the rows it did not name.
type absence struct{ absent, deleted, held int64 }

// forgetSeen lets go of absences of rows that a job's listing named. Each listing
// does so, also one that proves nothing about other rows: an incremental one,
// one that was cut short, failed or was cancelled. A row that was named since is
// neither absent nor to be deleted, whatever was counted before.
func forgetSeen(ctx context.Context, tx *store.Tx, source string, seen func() (*roaring64.Bitmap, error)) error {
	absent, err := tx.AbsentRows(ctx, source)
	if err != nil {
		return fmt.Errorf("read absences: %w", err)
	}
	if len(absent) == 0 {
		return nil
	}
	named, err := seen()
	if err != nil {
		return err
	}
	there := slices.DeleteFunc(absent, func(id int64) bool { return !named.Contains(uint64(id)) }) //nolint:gosec // ids are positive
	if len(there) == 0 {
		return nil
	}
	if err := tx.PlanAnew(ctx); err != nil {
		return err
	}
	if err := tx.ForgetAbsences(ctx, there); err != nil {
		return fmt.Errorf("forget absences: %w", err)
	}
	return nil
}

// forgetSeenBy is forgetSeen for a job that ends before its ledger was read.
func forgetSeenBy(ctx context.Context, tx *store.Tx, source, jobID string) error {
	return forgetSeen(ctx, tx, source, func() (*roaring64.Bitmap, error) {
		seen := roaring64.New()
		err := tx.EachPage(ctx, jobID, func(packed []byte, _ int64) error {
			_, err := unpackIDs(packed, seen)
			return err
		})
		return seen, err
	})
}

// decideAbsence counts one more run for the rows that a complete listing did
// not name, and gives tombstones to those that were missing often enough,
// unless that would be too many at once: then a person decides. It runs in the
// transaction that ends the job, so that each listing counts exactly once.
func decideAbsence(
	ctx context.Context, tx *store.Tx, lease store.Lease, src Source, found reading,
) (absence, error) {
	result := absence{absent: int64(len(found.absent))}
	// Before this job may hold a plan of its own: a source has one at most.
	err := tx.SupersedePlan(ctx, db.SupersedePlanParams{Source: lease.Source, JobID: lease.JobID})
	if err != nil {
		return result, fmt.Errorf("supersede held deletions: %w", err)
	}
	if len(found.absent) == 0 {
		return result, nil
	}
	if err := tx.PlanAnew(ctx); err != nil {
		return result, err
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
