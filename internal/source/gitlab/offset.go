package gitlab

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"holdfast/internal/source"
)

// maxRereads is how often a page that shows nothing new is asked for while
// the service says that something follows it.
const maxRereads = 3

// offset reads a range of the projects of a group or a user.
type offset struct {
	*gitlab

	part spec
	// position is how many elements came up to and with the one whose id is
	// last. It is where to look, not what to trust: projects before it may
	// come and go.
	position int
	last     int64
	// most is the largest page that the service gives.
	most int
	// passed is the first id of the last page that had nothing new and was
	// full, or 0.
	passed int64
}

// view is one page of the service and where it begins.
type view struct {
	*source.Response

	records source.Ascending
	start   int
	page    int
	size    int
}

// next asks for pages until one shows what follows the last id read.
func (o *offset) next(ctx context.Context) (source.Page, error) {
	for rereads := 0; ; {
		v, overlaps, err := o.look(ctx)
		if err != nil {
			return source.Page{}, err
		}
		if !overlaps {
			continue
		}
		page, state, err := o.advance(v)
		if err != nil || state == advanced {
			return page, err
		}
		if state == moved {
			continue
		}
		ended, err := o.nothingFollows(ctx, v)
		if err != nil || ended {
			page.Last = true
			return page, err
		}
		if rereads++; rereads == maxRereads {
			return source.Page{}, v.Invalid("short_page", "it shows nothing new, and yet another page follows it")
		}
	}
}

// look asks for the page that shows the last element read and what follows
// it. A page that does not overlap what was read is no use: it tells only
// where to look next.
func (o *offset) look(ctx context.Context) (v *view, overlaps bool, err error) {
	page, size := source.Window(o.position, o.most)
	v, err = o.get(ctx, page, size)
	if err != nil {
		return nil, false, err
	}
	if given, err := strconv.Atoi(v.Header.Get("X-Per-Page")); err == nil && given < size {
		if o.most = given; given < minWindow {
			return nil, false, v.Invalid("small_pages", fmt.Sprintf("it has pages of %d at most, too few to page by", given))
		}
		return v, false, nil
	}
	overlaps = v.start == 0 || v.records.UpTo(o.last) > 0
	if !overlaps {
		// Everything read has moved forward, out of this page: something
		// unread may have done the same.
		o.position = v.start
	}
	return v, overlaps, nil
}

// progress says what a page brought.
type progress int

const (
	// nothingNew: the page ends with what was read before.
	nothingNew progress = iota
	// moved: it is full of that, because projects came in before it.
	moved
	// advanced: it has new records.
	advanced
)

// advance takes what is new off a page that overlaps.
func (o *offset) advance(v *view) (source.Page, progress, error) {
	read := v.records.UpTo(o.last)
	fresh := v.records[read:]
	result := source.Page{Total: o.total(v)}
	placed := fresh.Placed()
	if o.reaches(fresh[:placed]) {
		// What stands behind the partition's last id and has none itself belongs
		// to the next partition.
		result.Records, result.Last = fresh[:fresh.UpTo(o.part.Before-1)].Records(), true
		return result, advanced, nil
	}
	if placed > 0 {
		o.last, o.passed = fresh[placed-1].Number, 0
		o.position = v.start + read + placed
		result.Records, result.Next = fresh[:placed].Records(), source.OffsetCursor(o.position, o.last)
		// Only if nothing was held back may this page be the last one.
		if placed == len(fresh) && saysLast(v.Header) {
			result.Last, result.Next = true, ""
		}
		return result, advanced, nil
	}
	if full := len(v.records) >= v.size; full && v.start+read > o.position {
		return result, moved, o.pass(v, read)
	}
	if len(fresh) > 0 && o.last == 0 {
		return result, nothingNew, v.Invalid("no_ids", "none of its elements has an id")
	}
	result.Records = fresh.Records()
	return result, nothingNew, nil
}

// reaches reports whether some records, whose last one has an id, go as far as
// the partition does.
func (o *offset) reaches(fresh source.Ascending) bool {
	return o.part.Before != 0 && len(fresh) > 0 && fresh[len(fresh)-1].Number >= o.part.Before-1
}

// total is what a page states about the partition, if that is the whole listing.
func (o *offset) total(v *view) *int64 {
	if o.part.After != 0 || o.part.Before != 0 {
		return nil
	}
	return statedTotal(v.Header)
}

// pass moves on behind a page full of what was read before. The page behind it
// begins with another id, unless the service gives the same page whatever it
// is asked.
func (o *offset) pass(v *view, read int) error {
	first := v.records[slices.IndexFunc(v.records[:read], func(r source.Numbered) bool { return r.Err == nil })].Number
	if first == o.passed {
		return v.Invalid("repeated_page", fmt.Sprintf("it begins with id %d like the page before it", first))
	}
	o.position, o.passed = v.start+read, first
	return nil
}

// nothingFollows makes sure that a listing has ended. A short page is no
// proof: the service says so itself, or the page after it is empty.
func (o *offset) nothingFollows(ctx context.Context, v *view) (bool, error) {
	if saysLast(v.Header) {
		return true, nil
	}
	after, err := o.get(ctx, v.page+1, v.size)
	return err == nil && len(after.records) == 0, err
}

// saysLast reports whether GitLab itself says that no page follows: it sends
// the header always, empty on the last page.
func saysLast(h http.Header) bool {
	values, sent := h["X-Next-Page"]
	return sent && len(values) == 1 && values[0] == ""
}

func (o *offset) get(ctx context.Context, page, size int) (*view, error) {
	q := o.options.query("asc", size)
	q.Set("page", strconv.Itoa(page))
	res, err := o.ask(ctx, o.options.path(), q)
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("")
	if err != nil {
		return nil, err
	}
	records, err := source.ReadAscending(res, elements)
	return &view{Response: res, records: records, start: (page - 1) * size, page: page, size: size}, err
}
