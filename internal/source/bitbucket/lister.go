package bitbucket

import (
	"context"
	"slices"

	"holdfast/internal/source"
)

// lister reads the pages of one workspace, one after the other.
type lister struct {
	*bitbucket
	place

	workspace string
}

// next asks for what was created since the last repository read.
func (l *lister) next(ctx context.Context) (source.Page, error) {
	res, err := l.get(ctx)
	if err != nil {
		return source.Page{}, err
	}
	records, err := readPage(res, l.moment())
	if err != nil {
		return source.Page{}, err
	}
	next, err := nextRef(res)
	if err != nil {
		return source.Page{}, err
	}
	n := placed(records)
	switch {
	case next == "":
		return source.Page{Records: plain(l.fresh(records)), Last: true}, nil
	case n > 0 && records[n-1].created.After(l.moment()):
		page := source.Page{Records: plain(l.fresh(records[:n]))}
		l.advance(records[:n])
		page.Next = l.cursor()
		return page, nil
	case next == l.Next:
		return source.Page{}, res.Invalid("repeated_page", "its next leads back to itself")
	}
	page := source.Page{Records: plain(l.fresh(records))}
	l.follow(records, next)
	page.Next = l.cursor()
	return page, nil
}

func (l *lister) get(ctx context.Context) (*source.Response, error) {
	switch {
	case l.Next != "":
		return l.ask(ctx, l.Next, nil)
	case l.After != "":
		return l.list(ctx, l.workspace, "created_on>="+l.After, l.options.PerPage)
	}
	return l.list(ctx, l.workspace, "", l.options.PerPage)
}

// fresh drops what was read before. Elements without an id stand where they
// stood then, before the last that is known.
func (l *lister) fresh(records []record) []record {
	known := 0
	for i, r := range records {
		if r.Err == nil && slices.Contains(l.Seen, r.ID) {
			known = i + 1
		}
	}
	fresh := make([]record, 0, len(records))
	for i, r := range records {
		old := r.Err != nil && i < known || r.Err == nil && slices.Contains(l.Seen, r.ID)
		if !old {
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// advance moves on to the moment of the last of some records.
func (l *lister) advance(records []record) {
	last := records[len(records)-1]
	seen := []string{}
	for _, r := range records {
		if r.Err == nil && r.created.Equal(last.created) {
			seen = append(seen, r.ID)
		}
	}
	l.place = place{After: last.text, Seen: seen}
}

// follow stays at the moment, where a page of it was not all.
func (l *lister) follow(records []record, next string) {
	// Never in place: an earlier cursor may share the memory.
	seen := slices.Clone(l.Seen)
	for _, r := range l.fresh(records) {
		if r.Err == nil {
			seen = append(seen, r.ID)
		}
	}
	l.place = place{After: l.After, Seen: seen, Next: next}
}
