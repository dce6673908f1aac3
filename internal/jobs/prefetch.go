package jobs

import (
	"context"
	"iter"
	"time"

	"holdfast/internal/source"
)

// fetched is a page with what its records amount to, or the error that ended
// the listing.
type fetched struct {
	page   source.Page
	sifted sifted
	err    error
}

// prefetch lists in the background, one page ahead of the one that is being
// written, and does what can be done of a page before it is looked up: while
// one processor waits for Postgres to write a page, another prepares the next.
// It ends with errSliceOver after the slice's budget, before it asks for a page
// that nobody would write.
// stop ends it and waits until it has let go of the source.
func prefetch(ctx context.Context, s *slice) (<-chan fetched, func()) {
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan fetched, 1)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		fetch(ctx, s, pages)
	}()
	return pages, func() {
		cancel()
		<-gone
	}
}

func fetch(ctx context.Context, s *slice, pages chan<- fetched) {
	from, over := s.cursor, time.Now().Add(s.budget)
	for page, err := range s.listing(ctx) {
		if err == nil && !page.Last && page.Next == from {
			err = &source.Error{
				Kind: source.Contract, Code: "repeated_cursor",
				Message: "the service gave the same page position twice; listing on would never end",
			}
		}
		next := fetched{page: page, err: err}
		if err == nil {
			next.sifted, next.err = s.sift(page)
		}
		if !send(ctx, pages, next) || next.err != nil || page.Last {
			return
		}
		// A slice always gets one page further, however slow the source is.
		if time.Now().After(over) {
			send(ctx, pages, fetched{err: errSliceOver})
			return
		}
		from = page.Next
	}
	// A listing ends with a page that says so, or with an error. One that just
	// stops would otherwise pass for complete.
	send(ctx, pages, fetched{err: &source.Error{
		Kind: source.Contract, Code: "listing_cut_short",
		Message: "the listing stopped without its last page",
	}})
}

// send reports whether somebody still wants the page.
func send(ctx context.Context, pages chan<- fetched, next fetched) bool {
	select {
	case pages <- next:
		return true
	case <-ctx.Done():
		return false
	}
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
