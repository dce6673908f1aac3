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

	"holdfast/internal/source"
	"holdfast/internal/store"
)

// listing is a source that needs fetch for a page, and a database that needs
// write for one.
type listing struct {
	source.Source

	fetch, write time.Duration
	pages        int
	budget       time.Duration
	draining     chan struct{}
	// committed has the pages, by number.
	committed []string
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
			if !yield(source.Page{Next: source.Cursor(fmt.Sprintf("%03d", n+1)), Last: n+1 == l.pages}, nil) {
				return
			}
		}
	}
}

// run commits pages until the slice ends, and says when and why it did.
func (l *listing) run(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	pages, stop := prefetch(ctx, &slice{source: Source{Source: l}, budget: l.budget})
	defer stop()
	err := commitEach(ctx, pages, l.draining, func(next fetched) error {
		<-time.After(l.write)
		l.committed = append(l.committed, string(next.page.Next))
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
			listing: listing{fetch: second, write: 10 * second, pages: 100, budget: time.Hour}, disturb: drains(15 * second),
			committed: 2, after: 21 * second, why: errDraining,
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
	pages := make(chan fetched, 1)
	for range 100 {
		select {
		case pages <- fetched{}:
		default:
		}
		if _, err := nextPage(t.Context(), pages, draining); !errors.Is(err, errDraining) {
			t.Fatalf("next page: %v, want %v", err, errDraining)
		}
	}
}
