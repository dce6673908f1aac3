package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// slice is one task's share of a partition's listing.
type slice struct {
	lease     store.Lease
	source    Source
	partition source.Partition
	cursor    source.Cursor
	// listed says that the last page is in the table already.
	listed bool
	// failures and restarts are how the partition stood at the claim.
	failures, restarts int
	// seen has the rows that the partition's pages saw so far.
	seen  *roaring64.Bitmap
	pages int
	// readAhead says that most of the last page was new or changed, so that it
	// pays to read the records of the next ones before they are looked up.
	readAhead atomic.Bool
	log       *slog.Logger
}

// partition lists a slice of a partition: it claims, lists page by page while
// its heart beats, and ends in one transaction that says how it goes on.
func (r *runner) partition(ctx context.Context, args partitionArgs, done completion) error {
	s, err := r.claimPartition(ctx, args, done)
	if err != nil || s == nil {
		return err
	}
	r.config.Observer.SliceBegan(s.lease.Source)
	if _, ok := r.sources[s.lease.Source]; !ok {
		return r.endObserved(ctx, s, errUnknownSource, done)
	}
	begun := time.Now()
	work, stop := r.keepLease(ctx, r.beatPartition(s.lease))
	err = r.list(work, s)
	if cause := context.Cause(work); cause != nil && !errors.Is(err, errListed) {
		err = cause
	}
	stop()
	s.log.DebugContext(ctx, "slice ends", "pages", s.pages, "duration", time.Since(begun), "outcome", err)
	return r.endObserved(ctx, s, err, done)
}

// claimPartition takes the partition's lease. A nil slice means that the task
// is over.
func (r *runner) claimPartition(ctx context.Context, args partitionArgs, done completion) (*slice, error) {
	var s *slice
	err := r.store.InTx(ctx, func(tx *store.Tx) error {
		job, err := tx.LockJob(ctx, args.JobID)
		if errors.Is(err, pgx.ErrNoRows) {
			return done(ctx, tx)
		}
		if err != nil {
			return fmt.Errorf("lock job: %w", err)
		}
		claim, err := tx.ClaimPartition(ctx, db.ClaimPartitionParams{
			ID: args.PartitionID, Epoch: args.Epoch, Lease: r.config.Lease,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			return done(ctx, tx)
		}
		if err != nil {
			return fmt.Errorf("claim partition: %w", err)
		}
		s = r.newSlice(args, claim)
		if job.Status != string(project.Waiting) {
			return nil
		}
		if err := tx.JobRuns(ctx, args.JobID); err != nil {
			return fmt.Errorf("let the job run: %w", err)
		}
		return nil
	})
	if err != nil || s == nil {
		return nil, err
	}
	return s, r.recallSeen(ctx, s)
}

func (r *runner) newSlice(args partitionArgs, claim db.ClaimPartitionRow) *slice {
	return &slice{
		lease: store.Lease{
			JobID: args.JobID, Source: args.Source, PartitionID: args.PartitionID, Epoch: claim.Epoch,
		},
		source:    r.sources[args.Source],
		partition: source.Partition{Name: claim.Name, Spec: []byte(claim.Spec)},
		cursor:    source.Cursor(claim.Cursor),
		listed:    claim.LastPage,
		failures:  int(claim.Failures),
		restarts:  int(claim.Restarts),
		seen:      roaring64.New(),
		log: r.log.With("job", args.JobID, "source", args.Source, "partition", claim.Ordinal,
			"epoch", claim.Epoch),
	}
}

// recallSeen reads back which rows the partition's pages saw in earlier slices.
func (r *runner) recallSeen(ctx context.Context, s *slice) error {
	pages, err := r.store.Queries().SeenIDs(ctx, s.lease.PartitionID)
	if err != nil {
		return fmt.Errorf("recall what was seen: %w", err)
	}
	for _, packed := range pages {
		if _, err := unpackIDs(packed, s.seen); err != nil {
			return err
		}
	}
	return nil
}

// How a slice that met no failure ends.
var (
	errListed        = errors.New("the last page is committed")
	errSliceOver     = errors.New("the slice is over")
	errUnknownSource = errors.New("the source is not configured")
)

// listingError is an error of the source, as against one of our own database.
type listingError struct{ err error }

// Error returns the source's own words.
func (e *listingError) Error() string { return e.err.Error() }

// list commits page after page and returns why it stopped, never nil.
func (r *runner) list(ctx context.Context, s *slice) error {
	if s.listed {
		return errListed
	}
	gate, err := r.store.Queries().SourceGate(ctx, s.lease.Source)
	if err != nil {
		return fmt.Errorf("look at the source's rate limit: %w", err)
	}
	if gate.Closed {
		return errClosed
	}
	pages, stop := prefetch(ctx, s)
	defer stop()
	over := time.Now().Add(r.config.Slice)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.draining:
			return errDraining
		case next := <-pages:
			if next.err != nil {
				return &listingError{err: next.err}
			}
			if err := r.commitPage(ctx, s, next.page, next.sifted); err != nil {
				return err
			}
			if next.page.Last {
				return errListed
			}
			// A slice always gets one page further, however slow the source is.
			if time.Now().After(over) {
				return errSliceOver
			}
		}
	}
}
