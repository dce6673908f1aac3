package azuredevops

import (
	"context"
	"fmt"
	"strconv"

	"holdfast/internal/source"
)

// maxWalks is how often the list of projects may turn out to have moved while
// it was read.
const maxWalks = 4

// walk is one reading of the list of projects.
type walk struct {
	*azure

	records []source.Record
	// at is the index of the last record with an id, or -1. seen are the ids.
	at   int
	seen map[string]bool
}

// projects asks for all projects, again if their list moved meanwhile.
func (a *azure) projects(ctx context.Context) ([]source.Record, error) {
	for walks := 1; ; walks++ {
		w := &walk{azure: a, at: -1, seen: map[string]bool{}}
		res, ended, err := w.read(ctx)
		switch {
		case err != nil:
			return nil, err
		case ended && len(w.records) > 0 && w.at < 0:
			return nil, res.Invalid("no_ids", "none of its elements has an id")
		case ended:
			return w.records, nil
		case walks == maxWalks:
			return nil, res.Invalid("moving_list", fmt.Sprintf(
				"it does not follow the page before: the list moves while it is read, %d times in a row", walks))
		}
	}
}

// read reads page after page, until the end or until one does not follow the
// one before: it does not begin with the last project read, or shows one that
// has been read already.
func (w *walk) read(ctx context.Context) (last *source.Response, ended bool, err error) {
	for {
		res, page, err := w.page(ctx)
		if err != nil {
			return nil, false, err
		}
		if w.at >= 0 {
			if len(page) == 0 || page[0].ID != w.records[w.at].ID {
				return res, false, nil
			}
			page = page[1:]
		}
		before := w.at
		if !w.take(page) {
			return res, false, nil
		}
		if w.at > before {
			continue
		}
		if res.Header.Get("X-Ms-Continuationtoken") != "" {
			return nil, false, res.Invalid("empty_page", "it has nothing new, and yet says that more follows")
		}
		return res, true, nil
	}
}

// take puts a page behind the last record with an id. Elements without one that
// stood there are in the page again. It reports whether all ids are new.
func (w *walk) take(page []source.Record) bool {
	w.records = w.records[:w.at+1]
	for _, record := range page {
		if w.seen[record.ID] {
			return false
		}
		w.records = append(w.records, record)
		if record.Err == nil {
			w.seen[record.ID] = true
			w.at = len(w.records) - 1
		}
	}
	return true
}

// page asks for the last project read and what follows it.
func (w *walk) page(ctx context.Context) (*source.Response, []source.Record, error) {
	q := w.options.query()
	q.Set("$top", strconv.Itoa(w.options.PerPage))
	q.Set("$skip", strconv.Itoa(max(w.at, 0)))
	q.Set("stateFilter", "all")
	if w.options.List == listRepositories {
		// Projects that are being made or deleted show no repositories.
		q.Set("stateFilter", "wellFormed")
	}
	res, err := w.ask(ctx, "/_apis/projects", q)
	if err != nil {
		return nil, nil, err
	}
	records, err := readRecords(res)
	if err == nil && len(records) > w.options.PerPage {
		err = res.Invalid("page_too_long", fmt.Sprintf("it has %d elements, where %d were asked for", len(records), w.options.PerPage))
	}
	return res, records, err
}
