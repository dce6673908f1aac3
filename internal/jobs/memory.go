package jobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/jackc/pgx/v5"

	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// errOutdated ends a slice whose next page was confirmed by the service while
// somebody changed its rows. The partition goes on from the same place, and reads
// the page.
var errOutdated = fmt.Errorf("a row of a page that the service confirmed has changed: %w", errSliceOver)

// memory is what earlier full listings kept of a partition's pages, for the slice
// that lists it now; see [source.Conditional] for what must hold.
//
// A page is looked for under its number. Where everything before it is as it was
// it has the same one; otherwise it follows another cursor, and is read anyway.
type memory struct {
	store  *store.Store
	log    *slog.Logger
	name   string
	spec   string
	source source.Conditional
	// rule names how records are read and hashed.
	rule string

	// pageNo is the page that is asked for next, recalled are its rows. Both
	// belong to the listing's own goroutine.
	pageNo   int64
	recalled []candidate
}

// newMemory is nil for a source whose service confirms nothing.
func (r *runner) newMemory(s *slice, committed int64) *memory {
	conditional, ok := s.source.Source.(source.Conditional)
	if !ok {
		return nil
	}
	return &memory{
		store: r.store, log: s.log, name: s.lease.Source, spec: string(s.partition.Spec), source: conditional,
		rule: fmt.Sprintf("%q %q", conditional.Version(), s.source.VolatileFields), pageNo: committed + 1,
	}
}

// reading names how a page that follows a cursor is read.
func (m *memory) reading(from source.Cursor) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q", m.rule, from))
	return sum[:hashSize]
}

// recall is the [source.Recall] of the slice. A memory that cannot be read is
// none: the page is read instead.
func (m *memory) recall(ctx context.Context, from source.Cursor) source.Known {
	page, err := m.store.Queries().RecallPage(ctx, db.RecallPageParams{Source: m.name, Spec: m.spec, PageNo: m.pageNo})
	if err != nil || string(page.Reading) != string(m.reading(from)) {
		m.complain(ctx, err)
		return source.Known{}
	}
	rows, err := m.rows(ctx, page.RowIds, page.Checksum)
	if err != nil || rows == nil {
		m.complain(ctx, err)
		return source.Known{}
	}
	m.recalled = rows
	return source.Known{Validator: page.Validator, Next: source.Cursor(page.NextCursor), Total: page.Total}
}

// turn moves on to the next page, and returns the rows of this one if they were
// recalled.
func (m *memory) turn() []candidate {
	if m == nil {
		return nil
	}
	recalled := m.recalled
	m.pageNo, m.recalled = m.pageNo+1, nil
	return recalled
}

func (m *memory) complain(ctx context.Context, err error) {
	if err != nil && !errors.Is(err, pgx.ErrNoRows) && ctx.Err() == nil {
		m.log.WarnContext(ctx, "what is known of a page cannot be recalled, so it is read", "page", m.pageNo, "error", err)
	}
}

// rows returns the rows of a page as records that need not be read, or nil if
// they are not what they were.
func (m *memory) rows(ctx context.Context, packed []byte, sum int64) ([]candidate, error) {
	set := roaring64.New()
	if _, err := unpackIDs(packed, set); err != nil {
		return nil, err
	}
	ids := make([]int64, 0, set.GetCardinality())
	for _, id := range set.ToArray() {
		ids = append(ids, int64(id)) //nolint:gosec // the same bits
	}
	rows, err := m.store.Queries().ConfirmableRows(ctx, db.ConfirmableRowsParams{Ids: ids, Source: m.name})
	if err != nil {
		return nil, fmt.Errorf("read the rows of a known page: %w", err)
	}
	recalled := make([]candidate, len(rows))
	for i, row := range rows {
		sum -= checksum(row.ContentHash)
		recalled[i] = candidate{id: row.ExternalID, hash: row.ContentHash, confirmed: true}
	}
	if len(rows) != len(ids) || sum != 0 {
		return nil, nil
	}
	return recalled, nil
}

// validated is what is to be kept of a page that is being committed: nil leaves
// what is kept as it is.
func (m *memory) validated(page source.Page, from source.Cursor, counts store.PageCounts) *store.Validated {
	if m == nil || page.Unchanged {
		return nil
	}
	kept := &store.Validated{Spec: m.spec, Reading: m.reading(from)}
	if counts.Quarantined == 0 && counts.Duplicates == 0 {
		kept.Validator = page.Validator
	}
	return kept
}
