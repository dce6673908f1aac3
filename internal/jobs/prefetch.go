package jobs

import (
	"context"
	"errors"
	"iter"
	"time"

	"golang.org/x/sync/semaphore"

	"holdfast/internal/source"
)

// The bounds of what is fetched ahead of the pages that are being written, and
// so of what is written together, whatever the settings say.
const (
	// maxRows is from where on a transaction takes no further page.
	maxRows = 1000
	// maxAhead is how much may lie ready, in bytes of records. A larger page lies
	// there alone.
	maxAhead = 512 << 10
)

// fetched is a page with what its records amount to, or the error that ended
// the listing.
type fetched struct {
	// from is the cursor that the page follows.
	from   source.Cursor
	page   source.Page
	sifted sifted
	err    error
}

// size is the room that a page takes while it lies ready.
func (f *fetched) size() int64 {
	size := int64(0)
	for i := range f.page.Records {
		size += int64(len(f.page.Records[i].Raw))
	}
	return min(size, maxAhead)
}

// ending is nil for a page, or why there is none.
func (f *fetched) ending() error {
	if f.err == nil || errors.Is(f.err, errSliceOver) {
		return f.err
	}
	return &listingError{err: f.err}
}

// pageQueue has the pages that were fetched and are not being written yet.
type pageQueue struct {
	ready chan fetched
	room  *semaphore.Weighted
	// most is how many pages may lie ready, and share a transaction.
	most int
	// end is why no page follows, once that has come up.
	end error
	// finished is why nothing more is fetched, if somebody said so.
	finished error

	cancel context.CancelFunc
	// gone is closed when nothing more is fetched.
	gone chan struct{}
}

// prefetch lists in the background, ahead of what is being written, and does
// what can be done of a page before it is looked up: while one processor waits
// for Postgres to write pages, another prepares the next. It ends with
// errSliceOver after the slice's budget, before it asks for a page that nobody
// would write.
func prefetch(ctx context.Context, s *slice) *pageQueue {
	q := newPageQueue(s.together)
	ctx, q.cancel = context.WithCancel(ctx)
	go func() {
		defer close(q.gone)
		fetch(ctx, s, q)
	}()
	return q
}

func newPageQueue(most int) *pageQueue {
	return &pageQueue{
		ready: make(chan fetched, most), room: semaphore.NewWeighted(maxAhead), most: most, gone: make(chan struct{}),
	}
}

// stop fetches nothing more, and waits until nothing is under way: the next
// slice may begin at once.
func (q *pageQueue) stop() {
	q.cancel()
	<-q.gone
}

// finish fetches nothing more, and ends the listing behind what lies ready.
func (q *pageQueue) finish(why error) {
	q.stop()
	q.finished = why
}

// put reports whether somebody still wants the page.
func (q *pageQueue) put(ctx context.Context, next fetched) bool {
	if q.room.Acquire(ctx, next.size()) != nil {
		return false
	}
	select {
	case q.ready <- next:
		return true
	case <-ctx.Done():
		return false
	}
}

// next waits for a page, or for the reason why there is to be none, and takes
// along what lies ready behind it: pages of a service that is faster than
// Postgres share a transaction, those of a slower one are written as they come.
func (q *pageQueue) next(ctx context.Context, draining <-chan struct{}) ([]fetched, error) {
	if q.end != nil {
		return nil, q.end
	}
	first, err := q.wait(ctx, draining)
	if err != nil {
		return nil, err
	}
	pages, rows, size := []fetched{first}, len(first.sifted.candidates), first.size()
	// Not before all are taken: a page that comes in place of one of them is too many.
	defer func() { q.room.Release(size) }()
	for len(pages) < q.most && rows < maxRows && q.end == nil {
		next, there := q.peek()
		if !there {
			break
		}
		size += next.size()
		if q.end = next.ending(); q.end == nil {
			pages, rows = append(pages, next), rows+len(next.sifted.candidates)
		}
	}
	return pages, nil
}

// wait waits for one page. A drain goes before a page that is there: select
// would take either.
func (q *pageQueue) wait(ctx context.Context, draining <-chan struct{}) (fetched, error) {
	select {
	case <-draining:
		return fetched{}, errDraining
	default:
	}
	if next, there := q.peek(); there {
		return next, next.ending()
	}
	if q.finished != nil {
		return fetched{}, q.finished
	}
	select {
	case <-ctx.Done():
		return fetched{}, context.Cause(ctx)
	case <-draining:
		return fetched{}, errDraining
	case next := <-q.ready:
		return next, next.ending()
	}
}

// peek takes a page if one lies ready.
func (q *pageQueue) peek() (next fetched, there bool) {
	select {
	case next = <-q.ready:
		return next, true
	default:
		return fetched{}, false
	}
}

func fetch(ctx context.Context, s *slice, q *pageQueue) {
	from, over := s.cursor, time.Now().Add(s.budget)
	for page, err := range s.listing(ctx) {
		if err == nil && !page.Last && page.Next == from {
			err = &source.Error{
				Kind: source.Contract, Code: "repeated_cursor",
				Message: "the service gave the same page position twice; listing on would never end",
			}
		}
		next := fetched{from: from, page: page, err: err}
		if err == nil {
			next.sifted, next.err = s.sift(page)
		}
		if !q.put(ctx, next) || next.err != nil || page.Last {
			return
		}
		// A slice always gets one page further, however slow the source is.
		if time.Now().After(over) {
			q.put(ctx, fetched{err: errSliceOver})
			return
		}
		from = page.Next
	}
	// A listing ends with a page that says so, or with an error. One that just
	// stops would otherwise pass for complete.
	q.put(ctx, fetched{err: &source.Error{
		Kind: source.Contract, Code: "listing_cut_short",
		Message: "the listing stopped without its last page",
	}})
}

// listing lists on from where the slice stands.
func (s *slice) listing(ctx context.Context) iter.Seq2[source.Page, error] {
	if s.memory == nil {
		return s.source.List(ctx, s.partition, s.cursor)
	}
	return s.memory.source.ListKnown(ctx, s.partition, s.cursor, s.memory.recall)
}

// sift sorts the records of a page, or recalls those of one that was confirmed.
func (s *slice) sift(page source.Page) (sifted, error) {
	recalled := s.memory.turn()
	switch {
	case !page.Unchanged:
		return sift(page.Records, s.source, s.readAhead.Load()), nil
	case recalled == nil:
		return sifted{}, &source.Error{
			Kind: source.Contract, Code: "nothing_known",
			Message: "a page is said to be unchanged of which nothing is known",
		}
	}
	return sifted{candidates: recalled}, nil
}
