package redmine

import (
	"context"
	"fmt"

	"holdfast/internal/source"
)

const (
	// overlap is how many projects that were read are asked for again with
	// each page. As many can vanish between two pages without a further
	// request.
	overlap = 10
	// minPerPage leaves each page as many new projects.
	minPerPage = 2 * overlap
	// maxBegun is how often the listing may begin again because all projects
	// read last have vanished.
	maxBegun = 3
	// maxPasses is how many pages in a row may show nothing new and not be the
	// last. Projects that came in before the place make one of them.
	maxPasses = 3
	// tailLength is how many ids a cursor keeps.
	tailLength = 20
)

// listing reads the projects page by page.
type listing struct {
	*redmine
	// Place has in Position how many elements came up to and with the last one
	// read.
	source.Place

	// begun counts how often the listing began again since it was opened.
	begun int
	// passes counts the pages with nothing new since the last with something.
	passes int
}

// next asks for pages until one shows what follows the last project read.
func (l *listing) next(ctx context.Context) (source.Page, error) {
	for {
		v, read, err := l.find(ctx)
		if err != nil {
			return source.Page{}, err
		}
		fresh := v.records[read:]
		if v.last() {
			return source.Page{Records: fresh, Last: true, Total: &v.total}, nil
		}
		// An element without an id at the end of a page would be shown again by
		// the next one, and could not be told from another. It is left to that.
		if usable := source.Placed(fresh); usable > 0 {
			l.passes = 0
			l.Position, l.Tail = v.start+read+usable, l.Tail.Follow(fresh[:usable], tailLength)
			return source.Page{Records: fresh[:usable], Next: l.Cursor(), Total: &v.total}, nil
		}
		if err := l.pass(v, read); err != nil {
			return source.Page{}, err
		}
	}
}

// find asks for the page that shows the last projects read, and returns how
// many of its elements come up to and with them. A page that shows none is no
// use: what has not been read may have moved in front of it.
func (l *listing) find(ctx context.Context) (*view, int, error) {
	start := max(l.Position-overlap, 0)
	for {
		v, err := l.view(ctx, start, l.options.PerPage)
		if err != nil {
			return nil, 0, err
		}
		read := l.Tail.UpTo(v.records)
		switch {
		case read > 0 || l.Position == 0:
			return v, read, nil
		case start == 0 && l.begun < maxBegun:
			l.begun++
			return v, 0, nil
		case start == 0:
			return nil, 0, &source.Error{Kind: source.Expired, Code: "place_lost",
				Message: "the projects that were read last are gone; the listing begins again"}
		}
		start = max(start-l.options.PerPage, 0)
	}
}

// pass moves on to where the last project read is now, at the end of a page
// that has nothing new.
func (l *listing) pass(v *view, read int) error {
	l.passes++
	switch {
	case read < len(v.records):
		return v.Invalid("no_ids", "its elements have no ids")
	case len(v.records) == 0:
		return v.Invalid("empty_page", fmt.Sprintf("it is empty, and yet %d projects are said to be there", v.total))
	case l.passes == maxPasses:
		return v.Invalid("repeated_page", "it shows nothing new, like the pages before it, and yet is not the last page")
	}
	l.Position = v.start + read
	return nil
}
