package github

import (
	"context"
	"fmt"
	"strconv"

	"holdfast/internal/source"
)

// maxPasses is how many pages in a row may show nothing new and yet say that
// another one follows. Repositories that came in before the place read last
// make one of them; a service that gives one page whatever it is asked, all.
const maxPasses = 3

// maxBack is how many pages are searched for the place that was read last. A
// thousand repositories have to vanish between two requests to need more.
const maxBack = 10

// maxBegun is how often a short listing may begin again because all that was
// read last has vanished. In one without a stable order it always has.
const maxBegun = 10

// numbered reads a listing whose pages have numbers.
type numbered struct {
	*github
	place

	listing listing
	since   string
	// begun counts how often the listing began again since it was opened.
	begun int
	// passes counts the pages with nothing new since the last with something.
	passes int

	recall source.Recall
	// known is what was kept of the page that is being asked for, after the place
	// that it leads to, and asked how many requests it has taken so far. A page
	// that took several is always read: each of them would have to be confirmed.
	known source.Known
	after place
	asked int
}

// view is one page of the service and where it begins.
type view struct {
	*source.Response

	records []source.Record
	page    int
	size    int
	start   int
	// next says that another page follows, linked that there is a Link header
	// to say so.
	next   bool
	linked bool
}

// next asks for pages until one shows what follows the last repository read.
func (n *numbered) next(ctx context.Context) (source.Page, error) {
	n.begin(ctx)
	for {
		v, read, err := n.find(ctx)
		if err != nil {
			return source.Page{}, err
		}
		if v.NotModified() {
			return n.confirmed(), nil
		}
		n.adapt(v)
		fresh := v.records[read:]
		if placed := source.Placed(fresh); placed > 0 {
			return n.take(v, read, placed), nil
		}
		follows, err := n.follows(ctx, v)
		if err != nil {
			return source.Page{}, err
		}
		if !follows {
			return source.Page{Records: fresh, Last: true, Total: n.stated(v)}, nil
		}
		if err := n.pass(v, read); err != nil {
			return source.Page{}, err
		}
	}
}

// find asks for the page that shows the last repositories read, and returns
// how many of its elements come up to and with them. A page that shows none is
// no use: what has not been read may have moved in front of it.
func (n *numbered) find(ctx context.Context) (*view, int, error) {
	page, size := source.Window(n.position, n.size)
	for range maxBack {
		v, err := n.get(ctx, page, size)
		if err != nil {
			return nil, 0, err
		}
		read := n.tail.UpTo(v.records)
		switch {
		case v.NotModified():
			return v, 0, nil
		case read > 0 || n.position == 0:
			return v, read, nil
		case page == 1 && n.begun < maxBegun:
			n.begun++
			return v, 0, nil
		case page == 1:
			return nil, 0, n.lost()
		}
		page--
	}
	return nil, 0, n.lost()
}

// lost tells of a cursor that names nothing any more.
func (n *numbered) lost() error {
	return &source.Error{Kind: source.Expired, Code: "place_lost",
		Message: "the repositories that were read last are gone from " + n.listing.name + "; the listing begins again"}
}

// adapt believes the first page about how large pages are: GitHub cuts larger
// ones in silence.
func (n *numbered) adapt(v *view) {
	if given := len(v.records); v.page == 1 && v.next && given < v.size {
		n.size = max(given, minPerPage)
	}
}

// take makes a page of what is new.
func (n *numbered) take(v *view, read, placed int) source.Page {
	records := v.records[read : read+placed]
	n.position, n.tail = v.start+read+placed, n.tail.Follow(records, tailLength)
	n.passes = 0
	page := source.Page{Records: records, Next: n.cursor(), Total: n.stated(v)}
	// Only if nothing was held back may this page be the last one.
	if v.linked && !v.next && read+placed == len(v.records) {
		page.Last, page.Next = true, ""
	}
	if n.asked == 1 && !page.Last {
		page.Validator = v.Validator()
	}
	return page
}

// begin recalls what is known of the page that comes next, if it leads on.
func (n *numbered) begin(ctx context.Context) {
	n.asked, n.known = 0, n.recall(ctx, n.cursor())
	after, err := parsePlace(n.known.Next)
	if err != nil || after.position <= n.position {
		n.known = source.Known{}
		return
	}
	n.after = after
}

// confirmed makes the page again that was known, and stands where it led.
func (n *numbered) confirmed() source.Page {
	n.place, n.passes = n.after, 0
	return source.Page{Unchanged: true, Next: n.known.Next, Total: n.known.Total}
}

// pass moves on to where the last repository read is now, at the end of a page
// that has nothing new.
func (n *numbered) pass(v *view, read int) error {
	n.passes++
	switch {
	case read == 0:
		return v.Invalid("no_ids", "none of its elements has an id")
	case n.passes == maxPasses:
		return v.Invalid("repeated_page", "it shows nothing new, like the pages before it, and yet says that another page follows")
	}
	n.position = v.start + read
	return nil
}

// follows reports whether anything comes after a page that has nothing new. A
// short page is no proof: GitHub says so itself, or the page after it is empty.
func (n *numbered) follows(ctx context.Context, v *view) (bool, error) {
	if v.linked {
		return v.next, nil
	}
	after, err := n.get(ctx, v.page+1, v.size)
	return err == nil && len(after.records) > 0, err
}

// stated is the total that an answer names itself.
func (n *numbered) stated(v *view) *int64 {
	if n.listing.items == "" {
		return nil
	}
	return statedTotal(v.Response)
}

// validator is that of the first request for a page.
func (n *numbered) validator() string {
	if n.asked++; n.asked > 1 {
		return ""
	}
	return n.known.Validator
}

func (n *numbered) get(ctx context.Context, page, size int) (*view, error) {
	query := n.listing.ask(n.since)
	query.Set("per_page", strconv.Itoa(size))
	query.Set("page", strconv.Itoa(page))
	res, err := n.askAgain(ctx, n.listing.path, query, n.validator())
	if err != nil {
		return nil, err
	}
	if res.NotModified() {
		return &view{Response: res, page: page, size: size}, nil
	}
	records, err := readRecords(res, n.listing.items)
	if err != nil {
		return nil, err
	}
	if len(records) > size {
		return nil, res.Invalid("page_too_long", fmt.Sprintf(
			"it has %d elements where %d were asked for: the page is repeated, or per_page is ignored", len(records), size))
	}
	next, err := res.Next()
	return &view{
		Response: res, records: records, page: page, size: size, start: (page - 1) * size,
		next: next != "", linked: res.Header.Get("Link") != "",
	}, err
}
