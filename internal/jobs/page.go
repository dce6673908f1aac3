package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/store"
)

// pageTries bounds how often a page is looked up again because another
// partition listed one of its records at the same moment, or because a record
// had to be put aside.
const pageTries = 10

// commitPage writes one page in one transaction and moves the slice on. A
// record that is listed again counts once, the first time: were it the last
// time, a file that has an id twice would change the row back and forth with
// every sync.
func (r *runner) commitPage(ctx context.Context, s *slice, page source.Page, records sifted) error {
	for range pageTries {
		seen, err := r.tryPage(ctx, s, page, records)
		switch {
		case err == nil:
			s.seen.AddMany(seen)
			s.cursor = page.Next
			s.pages++
			r.overcome(ctx, s)
			return nil
		case errors.Is(err, store.ErrPageConflict):
		case store.IsDataError(err):
			if err := r.isolate(ctx, s, records.candidates, err); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return fmt.Errorf("page %d of %q: %w", s.pages+1, s.partition.Name, store.ErrPageConflict)
}

// overcome ends a row of failures with the page that has been committed. What
// failed is back, so that the other partitions of the job that wait for it need
// not wait out a backoff, which may be minutes. If they cannot be told they do:
// that is no failure of the page, which is in the table.
func (r *runner) overcome(ctx context.Context, s *slice) {
	if s.failures == 0 {
		return
	}
	s.failures = 0
	if err := r.store.Queries().WakePartitions(ctx, s.lease.JobID); err != nil {
		s.log.WarnContext(ctx, "the other partitions of the job wait their backoff out", "error", err)
	}
}

// tryPage looks the page up, decides about each record, and commits. It
// returns the ids of the rows that the page saw.
func (r *runner) tryPage(ctx context.Context, s *slice, page source.Page, records sifted) ([]uint64, error) {
	ids := make([]string, len(records.candidates))
	for i := range records.candidates {
		ids[i] = records.candidates[i].id
	}
	begun := time.Now()
	tx, err := r.store.BeginPage(ctx, s.lease, string(s.cursor), ids)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	s.closed = tx.Closed
	// Clipped, because a second try appends to the same records anew.
	w := &pageWork{slice: s, tx: tx, quarantined: slices.Clip(records.rejected)}
	w.counts.Duplicates = records.duplicates
	w.counts.Unidentified = int64(len(records.rejected))
	for i := range records.candidates {
		w.sort(&records.candidates[i])
	}
	if w.outdated {
		return nil, errOutdated
	}
	// Pages come in runs: where most of one was new, so is the next one likely.
	s.readAhead.Store(2*(len(w.created)+len(w.updated)) > len(ids))
	if err := w.write(ctx); err != nil {
		return nil, err
	}
	entry := w.entry(page)
	if err := tx.Commit(ctx, entry); err != nil {
		return nil, err
	}
	r.config.Observer.PageCommitted(s.lease.Source, entry.Counts, time.Since(begun))
	if page.Unchanged {
		r.config.Observer.PageNotModified(s.lease.Source)
	}
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
