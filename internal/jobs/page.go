package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"holdfast/internal/store"
)

// pageTries bounds how often a page is looked up again because another
// partition listed one of its records at the same moment, or because a record
// had to be put aside.
const pageTries = 10

// commitPages writes pages that follow each other, all in one transaction. When
// there is something the matter with one of them each gets its own, so that the
// others commit, and it is known which one it is.
func (r *runner) commitPages(ctx context.Context, s *slice, pages []fetched) error {
	if len(pages) > 1 {
		err := r.tryPages(ctx, s, pages)
		if !errors.Is(err, store.ErrPageConflict) && !errors.Is(err, errOutdated) && !store.IsDataError(err) {
			return err
		}
	}
	for _, page := range pages {
		if err := r.commitPage(ctx, s, page); err != nil {
			return err
		}
	}
	return nil
}

// commitPage writes one page in a transaction of its own.
func (r *runner) commitPage(ctx context.Context, s *slice, page fetched) error {
	for range pageTries {
		err := r.tryPages(ctx, s, []fetched{page})
		switch {
		case errors.Is(err, store.ErrPageConflict):
		case store.IsDataError(err):
			if err := r.isolate(ctx, s, page.sifted.candidates, err); err != nil {
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

// tryPages looks pages up, decides about each record, commits, and moves the
// slice on. A record that is listed again counts once, the first time: were it
// the last time, a file that has an id twice would change the row back and
// forth with every sync.
func (r *runner) tryPages(ctx context.Context, s *slice, pages []fetched) error {
	begun := time.Now()
	ids := idsOf(pages)
	tx, err := r.store.BeginPages(ctx, s.lease, string(s.cursor), ids)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	s.closed = tx.Closed
	w := newPagesWork(s, tx)
	for i := range pages {
		w.add(pages[i].sifted)
	}
	if w.outdated {
		return errOutdated
	}
	// Pages come in runs: where most of one was new, so is the next one likely.
	s.readAhead.Store(2*(len(w.created)+len(w.updated)) > len(ids))
	if err := w.write(ctx); err != nil {
		return err
	}
	entries := w.entries(pages)
	if err := tx.Commit(ctx, entries...); err != nil {
		return err
	}
	for i := range w.pages {
		s.seen.AddMany(w.pages[i].seen)
	}
	maps.Copy(s.aside, w.aside)
	s.cursor = pages[len(pages)-1].page.Next
	s.pages += len(pages)
	r.observeCommit(s.lease.Source, pages, entries, time.Since(begun))
	r.overcome(ctx, s)
	return nil
}

// idsOf are the ids of the records of pages.
func idsOf(pages []fetched) []string {
	var ids []string
	for i := range pages {
		for k := range pages[i].sifted.candidates {
			ids = append(ids, pages[i].sifted.candidates[k].id)
		}
	}
	return ids
}

// observeCommit tells the observer of pages that are in the table.
func (r *runner) observeCommit(name string, pages []fetched, entries []store.PageEntry, took time.Duration) {
	counts := make([]store.PageCounts, len(entries))
	for i := range entries {
		counts[i] = entries[i].Counts
		if pages[i].page.Unchanged {
			r.config.Observer.PageNotModified(name)
		}
	}
	r.config.Observer.PagesCommitted(name, counts, took)
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
