package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// pageTries bounds how often a page is looked up again because another
// partition listed one of its records at the same moment, or because a record
// had to be put aside.
const pageTries = 10

// maxPayload bounds what is kept of a record that cannot be used, in bytes.
const maxPayload = 1 << 20

// candidate is a record that may become a row: its id is good and the page
// has no other of that id before it.
type candidate struct {
	id   string
	raw  []byte
	hash []byte
	// bad says why the record cannot be used, once that is known.
	bad error
}

// commitPage writes one page in one transaction and moves the slice on. A
// record that is listed again counts once, the first time: were it the last
// time, a file that has an id twice would change the row back and forth with
// every sync.
func (r *runner) commitPage(ctx context.Context, s *slice, page source.Page) error {
	candidates, rejected, duplicates := sift(page.Records, s.source)
	for range pageTries {
		seen, err := r.tryPage(ctx, s, page, candidates, rejected, duplicates)
		switch {
		case err == nil:
			s.seen.AddMany(seen)
			s.cursor = page.Next
			s.failures = 0
			s.pages++
			return nil
		case errors.Is(err, store.ErrPageConflict):
		case store.IsDataError(err):
			if err := r.isolate(ctx, s, candidates, err); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return fmt.Errorf("page %d of %q: %w", s.pages+1, s.partition.Name, store.ErrPageConflict)
}

// sift sorts a page's records into candidates, those that cannot be used, and
// the number of repeated ids.
func sift(records []source.Record, src Source) ([]candidate, []store.Quarantined, int64) {
	version := src.Version()
	candidates := make([]candidate, 0, len(records))
	ids := make(map[string]struct{}, len(records))
	var rejected []store.Quarantined
	var duplicates int64
	for _, record := range records {
		idErr := project.CheckID(record.ID)
		if idErr != nil {
			rejected = append(rejected, reject("", record.Raw, errors.Join(record.Err, idErr)))
			continue
		}
		if _, again := ids[record.ID]; again {
			duplicates++
			continue
		}
		ids[record.ID] = struct{}{}
		c := candidate{id: record.ID, raw: record.Raw, bad: record.Err}
		if c.bad == nil {
			c.hash = contentHash(version, record.Raw, src.VolatileFields)
		}
		candidates = append(candidates, c)
	}
	return candidates, rejected, duplicates
}

// tryPage looks the page up, decides about each record, and commits. It
// returns the ids of the rows that the page saw.
func (r *runner) tryPage(
	ctx context.Context, s *slice, page source.Page, candidates []candidate, rejected []store.Quarantined,
	duplicates int64,
) ([]uint64, error) {
	ids := make([]string, len(candidates))
	for i, c := range candidates {
		ids[i] = c.id
	}
	begun := time.Now()
	tx, err := r.store.BeginPage(ctx, s.lease, string(s.cursor), ids)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	w := &pageWork{slice: s, tx: tx, quarantined: rejected}
	w.counts.Duplicates = duplicates
	w.counts.Unidentified = int64(len(rejected))
	for i := range candidates {
		w.sort(&candidates[i])
	}
	if err := w.write(ctx); err != nil {
		return nil, err
	}
	entry := w.entry(page)
	if err := tx.Commit(ctx, entry); err != nil {
		return nil, err
	}
	r.config.Observer.PageCommitted(s.lease.Source, entry.Counts, time.Since(begun))
	return w.seen, nil
}

// isolate finds the records that Postgres refuses and marks them, so that one
// of them does not poison its page. The first error comes back when it finds none.
func (r *runner) isolate(ctx context.Context, s *slice, candidates []candidate, refusal error) error {
	found := false
	for i := range candidates {
		c := &candidates[i]
		if c.bad != nil {
			continue
		}
		err := r.tryRecord(ctx, s, c)
		if err != nil && !store.IsDataError(err) {
			return err
		}
		if err != nil {
			c.bad = fmt.Errorf("it cannot be stored: %w", err)
			found = true
		}
	}
	if !found {
		return refusal
	}
	return nil
}

// tryRecord asks Postgres whether it takes a record's values.
func (r *runner) tryRecord(ctx context.Context, s *slice, c *candidate) error {
	p, err := s.source.Normalize(c.raw)
	if err != nil {
		return nil //nolint:nilerr // such a record is put aside for that reason
	}
	return r.store.TryRecord(ctx, &p, c.raw)
}

func reject(id string, raw []byte, why error) store.Quarantined {
	q := store.Quarantined{Reason: clip(why.Error(), maxMessage), Payload: raw[:min(len(raw), maxPayload)]}
	if id != "" {
		q.ExternalID = &id
	}
	return q
}
