package jira

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

const (
	// overlap is how many projects that were read are asked for again with
	// each page. As many can be deleted between two pages without a further
	// request.
	overlap = 10
	// minPerPage leaves each page as many new projects.
	minPerPage = 2 * overlap
	// maxBack is how many pages are searched for the projects read last.
	maxBack = 10
	// maxBegun is how often the listing may begin again because all projects
	// read last have vanished.
	maxBegun = 3
	// maxPasses is how many pages in a row may show nothing new and not be the
	// last. Projects that came in before the place make one of them.
	maxPasses = 3
	// tailLength is how many ids a cursor keeps.
	tailLength = 20
)

// search reads the listing of Jira Cloud page by page.
type search struct {
	*cloud
	// Place has in Position how many elements came up to and with the last one
	// read.
	source.Place

	// begun counts how often the listing began again since it was opened.
	begun int
	// passes counts the pages with nothing new since the last with something.
	passes int
}

// view is one page of the service.
type view struct {
	*source.Response

	records []source.Record
	start   int
	total   int64
	last    bool
}

// next asks for pages until one shows what follows the last project read.
func (s *search) next(ctx context.Context) (source.Page, error) {
	for {
		v, read, err := s.find(ctx)
		if err != nil {
			return source.Page{}, err
		}
		fresh := v.records[read:]
		if v.last {
			return source.Page{Records: fresh, Last: true, Total: &v.total}, nil
		}
		// An element without an id at the end of a page would be shown again by
		// the next one, and could not be told from another. It is left to that.
		if usable := source.Placed(fresh); usable > 0 {
			s.passes = 0
			s.Position, s.Tail = v.start+read+usable, s.Tail.Follow(fresh[:usable], tailLength)
			return source.Page{Records: fresh[:usable], Next: s.Cursor(), Total: &v.total}, nil
		}
		if err := s.pass(v, read); err != nil {
			return source.Page{}, err
		}
	}
}

// find asks for the page that shows the last projects read, and returns how
// many of its elements come up to and with them. A page that shows none is no
// use: what has not been read may have moved in front of it.
func (s *search) find(ctx context.Context) (*view, int, error) {
	start := max(s.Position-overlap, 0)
	for range maxBack {
		v, err := s.view(ctx, start, s.options.PerPage)
		if err != nil {
			return nil, 0, err
		}
		read := s.Tail.UpTo(v.records)
		switch {
		case read > 0 || s.Position == 0:
			return v, read, nil
		case start == 0 && s.begun < maxBegun:
			s.begun++
			return v, 0, nil
		case start == 0:
			return nil, 0, lost()
		}
		start = max(start-s.options.PerPage, 0)
	}
	return nil, 0, lost()
}

// lost tells of a cursor that names nothing any more.
func lost() error {
	return &source.Error{Kind: source.Expired, Code: "place_lost",
		Message: "the projects that were read last are gone; the listing begins again"}
}

// pass moves on to where the last project read is now, at the end of a page
// that has nothing new.
func (s *search) pass(v *view, read int) error {
	s.passes++
	switch {
	case read < len(v.records):
		return v.Invalid("no_ids", "its elements have no ids")
	case len(v.records) == 0:
		return v.Invalid("empty_page", "it is empty, and yet not the last page")
	case s.passes == maxPasses:
		return v.Invalid("repeated_page", "it shows nothing new, like the pages before it, and yet is not the last page")
	}
	s.Position = v.start + read
	return nil
}

// view asks for one page, and refuses one that was not asked for or that
// contradicts itself.
func (c *cloud) view(ctx context.Context, start, size int) (*view, error) {
	q := c.options.query()
	q.Set("startAt", strconv.Itoa(start))
	q.Set("maxResults", strconv.Itoa(size))
	res, err := c.get(ctx, "/project/search", q)
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("values")
	if err != nil {
		return nil, err
	}
	v := &view{Response: res, start: start, records: newRecords(elements)}
	return v, v.read(size)
}

// read takes what the answer says of itself.
func (v *view) read(size int) error {
	begins, total, last := gjson.GetBytes(v.Body, "startAt"), gjson.GetBytes(v.Body, "total"), gjson.GetBytes(v.Body, "isLast")
	v.total, v.last = total.Int(), last.Bool()
	shown := int64(v.start + len(v.records))
	switch {
	case begins.Type != gjson.Number || total.Type != gjson.Number || v.total < 0 || !last.IsBool():
		return v.Invalid("unknown_envelope", "it does not say where it begins (startAt), how many projects there are (total) "+
			"and whether it is the last page (isLast)")
	case begins.Int() != int64(v.start):
		return v.Invalid("repeated_page", fmt.Sprintf("it begins at %s, where %d was asked for", begins.Raw, v.start))
	case len(v.records) > size:
		return v.Invalid("page_too_long", fmt.Sprintf("it has %d elements, where %d were asked for", len(v.records), size))
	case v.last && shown < v.total:
		return v.Invalid("short_page", fmt.Sprintf("it calls itself the last page, and ends at %d of %d", shown, v.total))
	}
	return nil
}
