package jobs

import (
	"bytes"
	"context"
	"fmt"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// pageWork is what a page's look-up and its records add up to.
type pageWork struct {
	slice *slice
	tx    *store.PageTx

	created, updated []store.NewRow
	// wasDeleted says of each updated row whether it had a tombstone.
	wasDeleted  []bool
	quarantined []store.Quarantined
	seen        []uint64
	counts      store.PageCounts
	checksum    int64
	// outdated says that a row is no longer what the service has confirmed.
	outdated bool
}

// sort decides what becomes of a record, by what the table has of it.
func (w *pageWork) sort(c *candidate) {
	row, exists := w.tx.Existing[c.id]
	if exists && w.slice.seen.Contains(uint64(row.ID)) { //nolint:gosec // ids are positive
		// An earlier page of this partition had it. Without a row there is nothing
		// to have been seen: rows of earlier pages are committed.
		w.counts.Duplicates++
		return
	}
	// A tombstone is a change however equal the record is: the row comes back.
	if c.bad == nil && exists && !row.Deleted && bytes.Equal(row.Hash, c.hash) {
		w.counts.Unchanged++
		w.saw(row.ID, row.Hash)
		return
	}
	if c.confirmed {
		w.outdated = true
		return
	}
	p, err := w.normalize(c)
	switch {
	case err != nil:
		w.putAside(c, row, err)
	case !exists:
		w.created = append(w.created, store.NewRow{Project: p, Payload: c.raw, Hash: c.hash})
		w.counts.Created++
	default:
		w.change(c, row, p)
	}
}

// putAside quarantines a record. Its row, if there is one, stays as it was; the
// record proves that it is not absent.
func (w *pageWork) putAside(c *candidate, row store.ExistingRow, why error) {
	w.quarantined = append(w.quarantined, reject(c.id, c.raw, why))
	if row.ID != 0 && !row.Deleted {
		w.saw(row.ID, row.Hash)
	}
}

// change updates a row, or brings it back.
func (w *pageWork) change(c *candidate, row store.ExistingRow, p project.Project) {
	w.updated = append(w.updated, store.NewRow{ID: row.ID, OldHash: row.Hash, Project: p, Payload: c.raw, Hash: c.hash})
	w.wasDeleted = append(w.wasDeleted, row.Deleted)
	if row.Deleted {
		w.counts.Restored++
	} else {
		w.counts.Updated++
	}
	w.saw(row.ID, c.hash)
}

func (w *pageWork) normalize(c *candidate) (project.Project, error) {
	if c.bad != nil {
		return project.Project{}, c.bad
	}
	if c.normalized == nil {
		c.normalized = normalize(w.slice.source, c)
	}
	return c.normalized.project, c.normalized.err
}

func (w *pageWork) saw(id int64, hash []byte) {
	w.seen = append(w.seen, uint64(id)) //nolint:gosec // ids are positive
	w.checksum += checksum(hash)
}

// write stores the difference. A page without one costs no further round trip.
func (w *pageWork) write(ctx context.Context) error {
	if len(w.created)+len(w.updated) == 0 {
		return nil
	}
	changes, err := w.history(ctx)
	if err != nil {
		return err
	}
	if err := w.tx.Write(ctx, w.created, w.updated, changes); err != nil {
		return err
	}
	for i := range w.created {
		w.saw(w.created[i].ID, w.created[i].Hash)
	}
	return nil
}

// history compares the rows that change with what they were.
func (w *pageWork) history(ctx context.Context) ([]store.Change, error) {
	if len(w.updated) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(w.updated))
	for i, row := range w.updated {
		ids[i] = row.ID
	}
	stored, err := w.tx.Stored(ctx, ids)
	if err != nil {
		return nil, err
	}
	changes := make([]store.Change, len(w.updated))
	for i := range w.updated {
		row := &w.updated[i]
		old := stored[row.ID]
		kind, fields, err := project.Diff(&old, &row.Project, w.wasDeleted[i])
		if err != nil {
			return nil, fmt.Errorf("compare row %d: %w", row.ID, err)
		}
		changes[i] = store.Change{ProjectID: row.ID, Change: kind, Fields: fields}
	}
	return changes, nil
}

// entry is the page's row in the ledger.
func (w *pageWork) entry(page source.Page) store.PageEntry {
	c := w.counts
	c.Seen = c.Created + c.Updated + c.Unchanged + c.Restored
	c.Quarantined = int64(len(w.quarantined))
	ids := make([]int64, len(w.seen))
	for i, id := range w.seen {
		ids[i] = int64(id) //nolint:gosec // ids are positive
	}
	return store.PageEntry{
		Next: string(page.Next), Last: page.Last, Total: page.Total, Counts: c, Checksum: w.checksum,
		SeenIDs: packIDs(ids), Quarantined: w.quarantined,
		Validated: w.slice.memory.validated(page, w.slice.cursor, c),
	}
}
