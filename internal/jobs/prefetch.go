package jobs

import (
	"context"

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
	from := s.cursor
	for page, err := range s.source.List(ctx, s.partition, from) {
		if err == nil && !page.Last && page.Next == from {
			err = &source.Error{
				Kind: source.Contract, Code: "repeated_cursor",
				Message: "the service gave the same page position twice; listing on would never end",
			}
		}
		next := fetched{page: page, err: err}
		if err == nil {
			next.sifted = sift(page.Records, s.source, s.readAhead.Load())
		}
		select {
		case pages <- next:
		case <-ctx.Done():
			return
		}
		if err != nil || page.Last {
			return
		}
		from = page.Next
	}
	cut := &source.Error{
		Kind: source.Contract, Code: "listing_cut_short",
		Message: "the listing stopped without its last page",
	}
	select {
	case pages <- fetched{err: cut}:
	case <-ctx.Done():
	}
}
