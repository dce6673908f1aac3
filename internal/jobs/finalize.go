package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// outcome is what a job's listing amounts to.
type outcome struct {
	listing project.Listing
	tally   tally
	// incomplete is why the listing proves nothing about absence, or empty.
	incomplete string
	reading    reading
}

// tally is what the ledger adds up to.
type tally struct {
	// seen has the rows that the job's pages saw.
	seen *roaring64.Bitmap
	// checksum is the sum over the pages; overlap is how many rows more than
	// one partition saw, whose part in it is counted more than once.
	checksum int64
	overlap  int64
}

// finalize takes over the end of a job from a task that did not come to it.
func (r *runner) finalize(ctx context.Context, args finalizeArgs, done completion) error {
	claim, err := r.claimJob(ctx, args.JobID, args.Epoch, phaseFinalize, done)
	if err != nil || claim.lease.Epoch == 0 {
		return err
	}
	return r.bringToEnd(ctx, claim, done)
}

// bringToEnd ends a job whose partitions are done, for the holder of its lease:
// it proves or disproves that the listing was complete, decides about absent
// rows, reads the receipt back and writes the terminal state, the last three in
// one transaction.
func (r *runner) bringToEnd(ctx context.Context, claim jobClaim, done completion) error {
	lease := claim.lease
	src, ok := r.sources[lease.Source]
	if !ok {
		return r.taskFailed(ctx, claim, unknownSource(lease.Source), done)
	}
	work, stop := keepLease(ctx, r.config.Lease, r.beatJob(lease))
	result, err := r.assess(work, lease)
	cause := context.Cause(work)
	stop()
	switch {
	case errors.Is(cause, errCancelled):
		return r.cancelJob(ctx, lease, done)
	case cause != nil:
		return cause
	case err != nil:
		return r.taskFailed(ctx, claim, storageFailure("prove what the sync did", err), done)
	}
	if err := r.conclude(ctx, lease, src, result, done); err != nil {
		// Also when nobody knows whether it committed: if it did, the job has
		// another epoch now, and this writes nothing.
		return r.taskFailed(ctx, claim, storageFailure("end the job", err), done)
	}
	return nil
}

// assess reads the ledger and the table.
func (r *runner) assess(ctx context.Context, lease store.Lease) (*outcome, error) {
	tally, err := r.readLedger(ctx, lease.JobID)
	if err != nil {
		return nil, err
	}
	sums, err := r.store.Queries().ListingSums(ctx, lease.JobID)
	if err != nil {
		return nil, fmt.Errorf("add up the partitions: %w", err)
	}
	job, err := r.store.Queries().JobTotal(ctx, lease.JobID)
	if err != nil {
		return nil, fmt.Errorf("read the job's total: %w", err)
	}
	result := &outcome{tally: tally, listing: project.Listing{
		Listed: sums.Seen + sums.Quarantined - tally.overlap, Total: job.Total, TotalMoved: sums.TotalMoved,
		Unidentified: sums.Unidentified, Full: job.Mode == project.ModeFull,
	}}
	// What the plan stated goes for the whole; the partitions' own totals only
	// add up to one if every one of them states it.
	if result.listing.Total == nil && sums.TotalStated {
		result.listing.Total = &sums.Total
	}
	// Even when nothing can be absent the table is read: the receipt is due.
	result.incomplete = result.listing.Incomplete()
	result.reading, err = r.readBack(ctx, lease.Source, tally.seen)
	return result, err
}

// readLedger adds up a job's pages.
func (r *runner) readLedger(ctx context.Context, jobID string) (tally, error) {
	t := tally{seen: roaring64.New()}
	err := r.store.EachPage(ctx, jobID, func(packed []byte, sum int64) error {
		again, err := unpackIDs(packed, t.seen)
		t.overlap += int64(len(again))
		t.checksum += sum
		return err
	})
	if err != nil {
		return t, fmt.Errorf("read the ledger: %w", err)
	}
	return t, nil
}

// conclude writes what became of the job.
func (r *runner) conclude(
	ctx context.Context, lease store.Lease, src Source, result *outcome, done completion,
) error {
	return r.inDetachedTx(ctx, conclusion, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, lease.JobID)
		if err != nil {
			return err
		}
		if job.Epoch != lease.Epoch || job.FinishedAt != nil {
			return store.ErrFenced
		}
		if job.CancelRequestedAt != nil {
			end := ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}
			return r.finishAndComplete(ctx, tx, end, done)
		}
		absence, receipt, err := settleAbsence(ctx, tx, lease, src, result)
		if err != nil {
			return err
		}
		if err := writeOutcome(ctx, tx, lease, result, absence, receipt); err != nil {
			return err
		}
		end := ending{jobID: lease.JobID, source: lease.Source, status: project.Succeeded}
		if !receipt.Verified {
			f := receiptMismatch(receipt)
			if err := insertEvent(ctx, tx, lease, f, nil); err != nil {
				return err
			}
			end.status, end.err = project.Failed, jobError(f, "")
		}
		tx.OnCommit(func() { r.tellSuccess(ctx, lease, result, absence, receipt) })
		return r.finishAndComplete(ctx, tx, end, done)
	})
}

// settleAbsence lets go of the absences of rows that the job has named, and
// decides about those that it has not, if it proves anything about them: with a
// complete listing, and a table that is what was written to it.
//
// The source's lock keeps decisions about held deletions away, the running slot
// every other sync: nobody changes these rows but this transaction.
func settleAbsence(
	ctx context.Context, tx *store.Tx, lease store.Lease, src Source, result *outcome,
) (absence, project.Receipt, error) {
	receipt := result.receipt()
	seen := func() (*roaring64.Bitmap, error) { return result.tally.seen, nil }
	if err := forgetSeen(ctx, tx, lease.Source, seen); err != nil {
		return absence{}, receipt, err
	}
	if result.incomplete != "" || !receipt.Verified {
		return absence{}, receipt, nil
	}
	decided, err := decideAbsence(ctx, tx, lease, src, result.reading)
	receipt.LiveRows -= decided.deleted
	return decided, receipt, err
}

// tellSuccess logs what a job did, unless its receipt failed it: of that
// [runner.finish] tells.
func (r *runner) tellSuccess(
	ctx context.Context, lease store.Lease, result *outcome, absence absence, receipt project.Receipt,
) {
	if !receipt.Verified {
		return
	}
	r.log.InfoContext(ctx, "sync ends", "job", lease.JobID, "source", lease.Source, "epoch", lease.Epoch,
		"rows", receipt.RowsSeen, "incomplete", result.incomplete,
		"absent", absence.absent, "deleted", absence.deleted, "held", absence.held)
}

func writeOutcome(
	ctx context.Context, tx *store.Tx, lease store.Lease, result *outcome, absence absence, receipt project.Receipt,
) error {
	encoded, err := encodeReceipt(receipt)
	if err != nil {
		return err
	}
	params := db.SetOutcomeParams{
		ID: lease.JobID, Complete: result.incomplete == "", Absent: absence.absent, Deleted: absence.deleted,
		Held: absence.held, Receipt: encoded,
	}
	if result.incomplete != "" {
		params.Reason = &result.incomplete
	}
	if err := tx.SetOutcome(ctx, params); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	if !receipt.Verified || !result.listing.GotAll() {
		return nil
	}
	if err := tx.MoveWatermark(ctx, lease.JobID); err != nil {
		return fmt.Errorf("move the watermark: %w", err)
	}
	return nil
}
