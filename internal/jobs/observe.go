package jobs

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// Observer is told what a worker does, after the commit that made it so. Its
// methods are called by many goroutines at once and must not block.
type Observer interface {
	SliceObserver
	JobObserver
}

// SliceObserver is told about the listing of partitions.
type SliceObserver interface {
	// SliceBegan: the worker holds the lease of one more partition.
	SliceBegan(source string)
	// PagesCommitted: a transaction of one page or more, its wait for a
	// connection included, took that long.
	PagesCommitted(source string, pages []store.PageCounts, took time.Duration)
	// PageNotModified: the service had confirmed that page in place of sending it.
	PageNotModified(source string)
	// SliceEnded: the worker holds that lease no longer.
	SliceEnded(source string, end SliceEnd)
}

// JobObserver is told about all else.
type JobObserver interface {
	// SourceFailed: a listing met a failure of the source.
	SourceFailed(source string, kind source.Kind)
	// TookOver: this worker found that the lease of a partition had run out, and
	// passed the partition on.
	TookOver(source string)
	// JobEnded: a job reached its terminal state in this worker. code is that
	// of its error, empty without one.
	JobEnded(source string, status project.Status, code string)
}

// SliceEnd says how a slice ended.
type SliceEnd string

// How slices end.
const (
	// SliceListed: the partition's last page is committed.
	SliceListed SliceEnd = "listed"
	// SliceContinued: its time was up or the worker drains; a fresh task goes on.
	SliceContinued SliceEnd = "continued"
	// SliceLimited: a rate limit that another slice met keeps it away.
	SliceLimited SliceEnd = "limited"
	// SliceFailed: the source or the database failed it. The partition waits or
	// begins again, or its job has failed, or is to be cancelled.
	SliceFailed SliceEnd = "failed"
	// SliceCancelled: its job is to be cancelled.
	SliceCancelled SliceEnd = "cancelled"
	// SliceFenced: somebody else has the partition.
	SliceFenced SliceEnd = "fenced"
	// SliceLost: its end could not be written; the lease will run out.
	SliceLost SliceEnd = "lost"
)

// SliceEnds returns every way in which a slice can end.
func SliceEnds() []SliceEnd {
	return []SliceEnd{
		SliceListed, SliceContinued, SliceLimited, SliceFailed, SliceCancelled, SliceFenced, SliceLost,
	}
}

// endObserved ends a slice by what stopped it, and tells the observer how.
func (r *runner) endObserved(ctx context.Context, s *slice, why error, done completion) error {
	written := false
	err := r.endSlice(ctx, s, why, func(ctx context.Context, tx *store.Tx) error {
		written = true
		return done(ctx, tx)
	})
	r.config.Observer.SliceEnded(s.lease.Source, endOf(why, written, err))
	return err
}

// endOf names the end of a slice: by what stopped it, once that is committed.
func endOf(why error, written bool, err error) SliceEnd {
	switch {
	case err != nil:
		return SliceLost
	case !written:
		return SliceFenced
	case errors.Is(why, errListed):
		return SliceListed
	case errors.Is(why, errSliceOver), errors.Is(why, errDraining), errors.Is(why, context.Canceled):
		return SliceContinued
	case errors.Is(why, errClosed):
		return SliceLimited
	case errors.Is(why, errCancelled):
		return SliceCancelled
	}
	return SliceFailed
}

// unobserved is the observer of a worker that has none.
type unobserved struct{}

func (unobserved) SliceBegan(string)                                        {}
func (unobserved) PagesCommitted(string, []store.PageCounts, time.Duration) {}
func (unobserved) PageNotModified(string)                                   {}
func (unobserved) SliceEnded(string, SliceEnd)                              {}
func (unobserved) SourceFailed(string, source.Kind)                         {}
func (unobserved) TookOver(string)                                          {}
func (unobserved) JobEnded(string, project.Status, string)                  {}
