package jobs

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/store"
)

// listing is a source that needs fetch for a page, and a database that needs
// write for one.
type listing struct {
	source.Source

	fetch, write time.Duration
	pages        int
	// records are those of a page, of so many bytes each.
	records, bytes int
	// closes says that the first transaction finds the source closed.
	closes bool
	// fails comes in place of a last page.
	fails    error
	budget   time.Duration
	draining chan struct{}
	// committed has the pages, by number; together says how many at a time.
	committed []string
	together  []int
}

func (l *listing) Version() string { return "listing/1" }

func (l *listing) List(ctx context.Context, _ source.Partition, _ source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		for n := range l.pages {
			select {
			case <-time.After(l.fetch):
			case <-ctx.Done():
				yield(source.Page{}, ctx.Err())
				return
			}
			page := source.Page{Next: source.Cursor(fmt.Sprintf("%03d", n+1)), Last: n+1 == l.pages && l.fails == nil}
			for i := range l.records {
				page.Records = append(page.Records, source.Record{ID: fmt.Sprint(n, "/", i), Raw: make([]byte, l.bytes)})
			}
			if !yield(page, nil) {
				return
			}
		}
		if l.fails != nil {
			yield(source.Page{}, l.fails)
		}
	}
}

// run commits pages until the slice ends, and says when and why it did.
func (l *listing) run(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	pages := prefetch(ctx, &slice{source: Source{Source: l}, budget: l.budget, together: 10})
	defer pages.stop()
	err := commitEach(ctx, pages, l.draining, func(next []fetched) error {
		<-time.After(l.write)
		if l.closes && len(l.together) == 0 {
			pages.finish(errClosed)
		}
		for i := range next {
			l.committed = append(l.committed, string(next[i].page.Next))
		}
		l.together = append(l.together, len(next))
		return nil
	})
	return time.Since(begun), err
}

func TestHowASliceEnds(t *testing.T) {
	t.Parallel()
	const second = time.Second
	fenced := func(l *listing, end context.CancelCauseFunc) {
		time.AfterFunc(l.fetch+l.fetch/2, func() { end(store.ErrFenced) })
	}
	drains := func(after time.Duration) func(*listing, context.CancelCauseFunc) {
		return func(l *listing, _ context.CancelCauseFunc) { time.AfterFunc(after, func() { close(l.draining) }) }
	}
	tests := map[string]struct {
		listing   listing
		disturb   func(*listing, context.CancelCauseFunc)
		committed int
		after     time.Duration
		why       error
	}{
		"the last page": {
			listing: listing{fetch: second, pages: 3, budget: time.Minute}, committed: 3, after: 3 * second, why: errListed,
		},
		"its time is up": {
			listing:   listing{fetch: second, write: second / 10, pages: 100, budget: 10 * second},
			committed: 11, after: 11*second + second/10, why: errSliceOver,
		},
		"its time is up before the first page": {
			listing:   listing{fetch: time.Hour, pages: 100, budget: second},
			committed: 1, after: time.Hour, why: errSliceOver,
		},
		"a drain while the source is slow": {
			listing: listing{fetch: time.Hour, pages: 100, budget: time.Minute}, disturb: drains(5 * second),
			committed: 0, after: 5 * second, why: errDraining,
		},
		"a drain while a page is written": {
			listing: listing{fetch: second, write: 10*second + second/2, pages: 100, budget: time.Hour}, disturb: drains(15 * second),
			committed: 11, after: 22 * second, why: errDraining,
		},
		"a drain while the last page is written": {
			listing: listing{fetch: second, write: 10 * second, pages: 1, budget: time.Hour}, disturb: drains(5 * second),
			committed: 1, after: 11 * second, why: errListed,
		},
		"the end of its lease": {
			listing: listing{fetch: 10 * second, pages: 100, budget: time.Hour}, disturb: fenced,
			committed: 1, after: 15 * second, why: store.ErrFenced,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := test.listing
				l.draining = make(chan struct{})
				ctx, end := context.WithCancelCause(t.Context())
				defer end(nil)
				if test.disturb != nil {
					test.disturb(&l, end)
				}
				after, err := l.run(ctx)
				if len(l.committed) != test.committed || !slices.IsSorted(l.committed) {
					t.Errorf("committed the pages %v, want the first %d", l.committed, test.committed)
				}
				if after != test.after || !errors.Is(err, test.why) {
					t.Errorf("ended after %s: %v, want after %s: %v", after, err, test.after, test.why)
				}
			})
		})
	}
}

// When a drain and a page come together chance must not decide how long a
// worker goes on.
func TestADrainGoesBeforeAPageThatIsThere(t *testing.T) {
	t.Parallel()
	draining := make(chan struct{})
	close(draining)
	q := newPageQueue(10)
	for range 100 {
		select {
		case q.ready <- fetched{}:
		default:
		}
		if _, err := q.next(t.Context(), draining); !errors.Is(err, errDraining) {
			t.Fatalf("next page: %v, want %v", err, errDraining)
		}
	}
}

// Pages share a transaction where they lie ready when it begins. None waits for
// another, and no transaction grows beyond its bounds.
func TestPagesThatAreReadyAreCommittedTogether(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for name, test := range map[string]struct {
		listing listing
		want    []int
	}{
		"a slow source":   {listing{fetch: 2 * second, write: second, pages: 5}, []int{1, 1, 1, 1, 1}},
		"a fast source":   {listing{fetch: 1, write: second, pages: 25}, []int{1, 10, 10, 4}},
		"one in between":  {listing{fetch: second, write: 2*second + 3*second/10, pages: 9}, []int{1, 2, 2, 2, 2}},
		"many rows":       {listing{fetch: 1, write: second, pages: 8, records: 400}, []int{1, 3, 3, 1}},
		"large pages":     {listing{fetch: 1, write: second, pages: 4, records: 4, bytes: maxAhead}, []int{1, 1, 1, 1}},
		"pages of 150 kB": {listing{fetch: 1, write: second, pages: 10, records: 3, bytes: 50_000}, []int{1, 3, 3, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := test.listing
				l.budget, l.draining = time.Hour, make(chan struct{})
				if _, err := l.run(t.Context()); !errors.Is(err, errListed) {
					t.Errorf("ended with %v, want %v", err, errListed)
				}
				if diff := cmp.Diff(test.want, l.together); diff != "" {
					t.Errorf("pages in a transaction (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What was fetched before the source was found closed has been paid for, and is
// written; no more is asked for.
func TestPagesThatAreReadyAreCommittedWhenTheSourceIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := listing{
			fetch: time.Second, write: 3*time.Second + time.Second/2, pages: 100, budget: time.Hour, draining: make(chan struct{}),
			closes: true,
		}
		if _, err := l.run(t.Context()); !errors.Is(err, errClosed) {
			t.Errorf("ended with %v, want %v", err, errClosed)
		}
		if diff := cmp.Diff([]int{1, 3}, l.together); diff != "" {
			t.Errorf("pages in a transaction (-want +got):\n%s", diff)
		}
	})
}

// An error behind pages ends the listing when those pages are committed.
func TestPagesBeforeAFailureAreCommitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := listing{
			fetch: 1, write: time.Second, pages: 3, budget: time.Hour, draining: make(chan struct{}),
			fails: errors.New("the test's own failure"),
		}
		_, err := l.run(t.Context())
		if listing, ok := errors.AsType[*listingError](err); !ok || !errors.Is(listing.err, l.fails) {
			t.Errorf("ended with %v, want the source's %v", err, l.fails)
		}
		if diff := cmp.Diff([]string{"001", "002", "003"}, l.committed); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}
