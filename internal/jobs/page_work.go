package jobs

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// pagesWork is what the look-up of pages that follow each other and their
// records add up to: the rows to write together, and what each page amounts to.
type pagesWork struct {
	slice *slice
	tx    *store.PageTx
	pages []pageWork

	created, updated []store.NewRow
	// wasDeleted says of each updated row whether it had a tombstone.
	wasDeleted []bool
	// outdated says that a row is no longer what the service has confirmed.
	outdated bool

	// seen and named have the rows and the new records of the earlier pages of
	// this transaction: the slice knows of them only after the commit.
	seen  *roaring64.Bitmap
	named map[string]struct{}
	// aside has the ids of all records that this transaction puts aside.
	aside map[string]struct{}
}

// pageWork is what one page amounts to.
type pageWork struct {
	quarantined []store.Quarantined
	seen        []uint64
	counts      store.PageCounts
	checksum    int64
}

func newPagesWork(s *slice, tx *store.PageTx) *pagesWork {
	return &pagesWork{
		slice: s, tx: tx, seen: roaring64.New(), named: map[string]struct{}{}, aside: map[string]struct{}{},
	}
}

// add sorts the records of the next page.
func (w *pagesWork) add(records sifted) {
	w.remember()
	// Clipped, because a second try appends to the same records anew.
	w.pages = append(w.pages, pageWork{quarantined: slices.Clip(records.rejected)})
	p := &w.pages[len(w.pages)-1]
	p.counts.Duplicates = records.duplicates
	p.counts.Unidentified = int64(len(records.rejected))
	for i := range records.candidates {
		w.sort(p, &records.candidates[i])
	}
}

// remember lets the next page know what the last one had.
func (w *pagesWork) remember() {
	if len(w.pages) == 0 {
		return
	}
	last := &w.pages[len(w.pages)-1]
	w.seen.AddMany(last.seen)
	created := w.created[len(w.created)-int(last.counts.Created):]
	for i := range created {
		w.named[created[i].Project.ExternalID] = struct{}{}
	}
}

// sort decides what becomes of a record, by what the table has of it.
func (w *pagesWork) sort(p *pageWork, c *candidate) {
	row, exists := w.tx.Existing[c.id]
	if w.again(c, row, exists) {
		p.counts.Duplicates++
		return
	}
	// A tombstone is a change however equal the record is: the row comes back.
	if c.bad == nil && exists && !row.Deleted && bytes.Equal(row.Hash, c.hash) {
		p.counts.Unchanged++
		p.saw(row.ID, row.Hash)
		return
	}
	if c.confirmed {
		w.outdated = true
		return
	}
	project, err := w.normalize(c)
	switch {
	case err != nil:
		w.putAside(p, c, row, err)
	case !exists:
		w.created = append(w.created, store.NewRow{Project: project, Payload: c.raw, Hash: c.hash})
		p.counts.Created++
	default:
		w.change(p, c, row, project)
	}
}

// again reports whether an earlier page of this partition had the record.
func (w *pagesWork) again(c *candidate, row store.ExistingRow, exists bool) bool {
	if !exists {
		// Rows of earlier pages are committed, or among those that are to be written.
		_, named := w.named[c.id]
		return named
	}
	id := uint64(row.ID) //nolint:gosec // ids are positive
	return w.slice.seen.Contains(id) || w.seen.Contains(id)
}

// putAside quarantines a record, once in a partition: a listing that names it
// twice and another one not at all would else have as many as the service
// states. Its row, if there is one, stays as it was; the record proves that it is
// not absent.
func (w *pagesWork) putAside(p *pageWork, c *candidate, row store.ExistingRow, why error) {
	_, before := w.slice.aside[c.id]
	if _, now := w.aside[c.id]; before || now {
		p.counts.Duplicates++
		return
	}
	w.aside[c.id] = struct{}{}
	p.quarantined = append(p.quarantined, reject(c.id, c.raw, why))
	if row.ID != 0 && !row.Deleted {
		p.saw(row.ID, row.Hash)
	}
}

// change updates a row, or brings it back.
func (w *pagesWork) change(p *pageWork, c *candidate, row store.ExistingRow, to project.Project) {
	w.updated = append(w.updated, store.NewRow{ID: row.ID, OldHash: row.Hash, Project: to, Payload: c.raw, Hash: c.hash})
	w.wasDeleted = append(w.wasDeleted, row.Deleted)
	if row.Deleted {
		p.counts.Restored++
	} else {
		p.counts.Updated++
	}
	p.saw(row.ID, c.hash)
}

func (w *pagesWork) normalize(c *candidate) (project.Project, error) {
	if c.bad != nil {
		return project.Project{}, c.bad
	}
	if c.normalized == nil {
		c.normalized = normalize(w.slice.source, c)
	}
	return c.normalized.project, c.normalized.err
}

func (p *pageWork) saw(id int64, hash []byte) {
	p.seen = append(p.seen, uint64(id)) //nolint:gosec // ids are positive
	p.checksum += checksum(hash)
}

// write stores the difference. Pages without one cost no further round trip.
func (w *pagesWork) write(ctx context.Context) error {
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
	created := w.created
	for i := range w.pages {
		p := &w.pages[i]
		for k := range created[:p.counts.Created] {
			p.saw(created[k].ID, created[k].Hash)
		}
		created = created[p.counts.Created:]
	}
	return nil
}

// history compares the rows that change with what they were.
func (w *pagesWork) history(ctx context.Context) ([]store.Change, error) {
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

// entries are the pages' rows in the ledger.
func (w *pagesWork) entries(pages []fetched) []store.PageEntry {
	entries := make([]store.PageEntry, len(pages))
	for i := range pages {
		entries[i] = w.pages[i].entry(pages[i].page)
		entries[i].Validated = w.slice.memory.validated(pages[i].page, pages[i].from, entries[i].Counts)
	}
	return entries
}

func (p *pageWork) entry(page source.Page) store.PageEntry {
	c := p.counts
	c.Seen = c.Created + c.Updated + c.Unchanged + c.Restored
	c.Quarantined = int64(len(p.quarantined))
	ids := make([]int64, len(p.seen))
	for i, id := range p.seen {
		ids[i] = int64(id) //nolint:gosec // ids are positive
	}
	return store.PageEntry{
		Next: string(page.Next), Last: page.Last, Total: page.Total, Counts: c, Checksum: p.checksum,
		SeenIDs: packIDs(ids), Quarantined: p.quarantined,
	}
}
