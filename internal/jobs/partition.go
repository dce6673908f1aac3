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

	"holdfast/internal/failpoint"
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
	// budget is after how long the slice fetches no further page.
	budget time.Duration
	// together is how many pages may share a transaction.
	together int
	// closed says that a rate limit held for the source at the claim, or when the
	// last page was written.
	closed bool
	// cancelled says that somebody had asked to cancel the job before the claim. A
	// slice that is shorter than a beat learns of it in no other way.
	cancelled bool
	// end is the lease of the whole job, if this slice ended its last partition.
	end store.Lease
	// failures and restarts are how the partition stood at the claim.
	failures, restarts int
	// memory recalls pages of earlier listings; nil reads every page.
	memory *memory
	// seen has the rows that the partition's pages saw so far, aside the ids of
	// the records that they put aside.
	seen  *roaring64.Bitmap
	aside map[string]struct{}
	pages int
	// readAhead says that most of the last page was new or changed, so that it
	// pays to read the records of the next ones before they are looked up.
	readAhead atomic.Bool
	log       *slog.Logger
}

// partition claims a partition and lists a slice of it.
func (r *runner) partition(ctx context.Context, args partitionArgs, done completion) error {
	s, err := r.claimPartition(ctx, args)
	if err != nil || s == nil {
		return err
	}
	return r.slice(ctx, s, done)
}

// slice lists a claimed partition page by page while its heart beats, and ends
// in one transaction that says how it goes on.
func (r *runner) slice(ctx context.Context, s *slice, done completion) error {
	r.config.Observer.SliceBegan(s.lease.Source)
	if _, ok := r.sources[s.lease.Source]; !ok {
		return r.endObserved(ctx, s, errUnknownSource, done)
	}
	begun := time.Now()
	work, stop := keepLease(ctx, r.config.Lease, r.beatPartition(s.lease))
	err := r.list(work, s)
	// A beat that found the job cancelled, the source closed or the lease lost
	// ended the context with that reason; what the listing made of the cut is
	// only an echo of it. A last page that is committed stays committed.
	if cause := context.Cause(work); cause != nil && !errors.Is(err, errListed) {
		err = cause
	}
	stop()
	s.log.DebugContext(ctx, "slice ends", "pages", s.pages, "duration", time.Since(begun), "outcome", err)
	if err := r.endObserved(ctx, s, err, done); err != nil || s.end.Epoch == 0 {
		return err
	}
	return r.bringToEnd(ctx, jobClaim{lease: s.end, phase: phaseFinalize}, completed)
}

// claimPartition takes the partition's lease. A nil slice means that the task
// is over: River completes what returns without an error.
func (r *runner) claimPartition(ctx context.Context, args partitionArgs) (*slice, error) {
	claim, err := r.store.Queries().ClaimPartition(ctx, db.ClaimPartitionParams{
		ID: args.PartitionID, JobID: args.JobID, Epoch: args.Epoch, Lease: r.config.Lease,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the first says it all
	}
	if err != nil {
		return nil, fmt.Errorf("claim partition: %w", err)
	}
	failpoint.Hit("partition.claimed")
	s := r.newSlice(args, claim)
	if claim.PageNo == 0 {
		return s, nil
	}
	return s, r.recallSeen(ctx, s)
}

func (r *runner) newSlice(args partitionArgs, claim db.ClaimPartitionRow) *slice {
	s := &slice{
		lease: store.Lease{
			JobID: args.JobID, Source: args.Source, PartitionID: args.PartitionID, Epoch: claim.Epoch,
		},
		source:    r.sources[args.Source],
		partition: source.Partition{Name: claim.Name, Spec: []byte(claim.Spec)},
		cursor:    source.Cursor(claim.Cursor),
		listed:    claim.LastPage,
		closed:    claim.Closed,
		cancelled: claim.Cancelled,
		budget:    r.config.Slice,
		together:  r.config.PagesPerTransaction,
		failures:  int(claim.Failures),
		restarts:  int(claim.Restarts),
		seen:      roaring64.New(),
		aside:     map[string]struct{}{},
		log: r.log.With("job", args.JobID, "source", args.Source, "partition", claim.Ordinal,
			"epoch", claim.Epoch),
	}
	if claim.Mode == project.ModeFull {
		s.memory = r.newMemory(s, claim.PageNo)
	}
	return s
}

// recallSeen reads back which rows the partition's pages saw in earlier slices,
// and which records they put aside.
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
	aside, err := r.store.Queries().AsideIDs(ctx, db.AsideIDsParams{JobID: s.lease.JobID, PartitionID: s.lease.PartitionID})
	if err != nil {
		return fmt.Errorf("recall what was put aside: %w", err)
	}
	for _, id := range aside {
		s.aside[id] = struct{}{}
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

// list lists from the slice's cursor on and returns why it stopped, never nil.
func (r *runner) list(ctx context.Context, s *slice) error {
	if s.listed {
		// The worker died between the last page and the word that it was the last.
		return errListed
	}
	if s.cancelled {
		return errCancelled
	}
	if s.closed {
		return errClosed
	}
	pages := prefetch(ctx, s)
	defer pages.stop()
	return commitEach(ctx, pages, r.draining, func(next []fetched) error {
		err := r.commitPages(ctx, s, next)
		if err == nil && s.closed {
			pages.finish(errClosed)
		}
		return err
	})
}

// commitEach commits pages as they come until the last one, or until there are
// to be none, and returns which of them it was, never nil.
func commitEach(
	ctx context.Context, pages *pageQueue, draining <-chan struct{}, commit func([]fetched) error,
) error {
	for {
		next, err := pages.next(ctx, draining)
		if err != nil {
			return err
		}
		if err := commit(next); err != nil {
			return err
		}
		if next[len(next)-1].page.Last {
			return errListed
		}
	}
}
