package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"holdfast/internal/store/db"
)

// idBlock is how many ids are taken from the sequence at once: a round trip and
// a commit for ten pages of 100 new rows.
const idBlock = 1000

// rowIDs hands out ids for rows of projects. COPY tells nothing of the rows it
// writes, and a page's history and ledger name them, so their ids are drawn
// before.
//
// An id must be drawn in a transaction that has committed before a row may use
// it: a server that crashes forgets what a transaction drew that was rolled
// back, and would give the same ids to somebody else. Ids that are never used
// leave gaps, which mean nothing.
type rowIDs struct {
	mu   sync.Mutex
	free []int64
}

// take returns n ids, ascending as far as they were drawn together.
func (r *rowIDs) take(ctx context.Context, q *db.Queries, n int) ([]int64, error) {
	if ids := r.takeFree(n); len(ids) == n {
		return ids, nil
	}
	drawn, err := q.DrawProjectIDs(ctx, int32(max(n, idBlock))) //nolint:gosec // no page has that many records
	if err != nil {
		return nil, fmt.Errorf("draw ids for new rows: %w", err)
	}
	r.giveBack(drawn[n:])
	return drawn[:n:n], nil
}

func (r *rowIDs) takeFree(n int) []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.free) < n {
		return nil
	}
	ids := r.free[:n:n]
	r.free = r.free[n:]
	return ids
}

// giveBack puts ids that were not used before all others, so that pages of new
// rows get theirs in the order in which they were drawn.
func (r *rowIDs) giveBack(ids []int64) {
	if len(ids) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = slices.Concat(ids, r.free)
}

// forget drops all ids: after a failover to a replica that lagged behind they
// may have been given to others too.
func (r *rowIDs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = nil
}
