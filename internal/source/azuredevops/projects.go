package azuredevops

import (
	"bytes"
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
}

// projects asks for all projects, again if their list moved meanwhile.
func (a *azure) projects(ctx context.Context) ([]source.Record, error) {
	for walks := 1; ; walks++ {
		w := &walk{azure: a}
		res, ended, err := w.read(ctx)
		switch {
		case err != nil:
			return nil, err
		case ended:
			return w.records, nil
		case walks == maxWalks:
			return nil, res.Invalid("moving_list", fmt.Sprintf(
				"it does not begin with the last project of the page before: the list moves while it is read, %d times in a row", walks))
		}
	}
}

// read reads page after page, until the end or until one does not follow the
// one before.
func (w *walk) read(ctx context.Context) (last *source.Response, ended bool, err error) {
	for {
		res, page, err := w.page(ctx)
		if err != nil {
			return nil, false, err
		}
		if len(w.records) > 0 {
			if len(page) == 0 || !same(page[0], w.records[len(w.records)-1]) {
				return res, false, nil
			}
			page = page[1:]
		}
		if len(page) == 0 {
			if res.Header.Get("X-Ms-Continuationtoken") != "" {
				return nil, false, res.Invalid("empty_page", "it has nothing new, and yet says that more follows")
			}
			return res, true, nil
		}
		w.records = append(w.records, page...)
	}
}

// page asks for the last project read and what follows it.
func (w *walk) page(ctx context.Context) (*source.Response, []source.Record, error) {
	q := w.options.query()
	q.Set("$top", strconv.Itoa(w.options.PerPage))
	q.Set("$skip", strconv.Itoa(max(len(w.records)-1, 0)))
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

// same reports whether two elements are the same project.
func same(a, b source.Record) bool {
	if a.Err != nil || b.Err != nil {
		return bytes.Equal(a.Raw, b.Raw)
	}
	return a.ID == b.ID
}
