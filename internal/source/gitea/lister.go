package gitea

import (
	"context"
	"fmt"

	"holdfast/internal/source"
)

// maxIdle is how many pages may lead nowhere since the last that showed
// something new, and yet be followed by others: a server that gives one page
// whatever it is asked does that.
const maxIdle = 3

// lister reads the pages of one partition, one after the other.
type lister struct {
	*gitea
	place

	part spec
	// idle counts the pages that led nowhere, and passed is the largest id on
	// a page that did not: both since the last page with something new.
	idle   int
	passed int64
}

// next asks for pages until one shows what follows the last id read.
func (l *lister) next(ctx context.Context) (source.Page, error) {
	for {
		v, err := l.look(ctx)
		if err != nil {
			return source.Page{}, err
		}
		read := v.records.UpTo(l.last)
		fresh := v.records[read:]
		if n := fresh.Placed(); n > 0 {
			return l.take(v, read, fresh[:n]), nil
		}
		ended, err := l.ended(ctx, v)
		if err != nil {
			return source.Page{}, err
		}
		if ended {
			return source.Page{Records: fresh.Records(), Last: true, Total: l.total(v)}, nil
		}
		if err := l.pass(v, read); err != nil {
			return source.Page{}, err
		}
	}
}

// look asks for the page that shows the last element read and what follows it.
// Pages that do not overlap what was read tell only where to look next: the
// elements have moved forward, and something unread may have done the same.
func (l *lister) look(ctx context.Context) (*view, error) {
	for {
		page, size := source.Window(l.position, l.most)
		v, err := l.search(ctx, l.part.Owner, page, size)
		if err != nil {
			return nil, err
		}
		if err := l.adapt(v); err != nil {
			return nil, err
		}
		if v.start == 0 || v.records.UpTo(l.last) > 0 {
			return v, nil
		}
		l.position = v.start
	}
}

// adapt believes a page that was cut short about how large pages are: the
// operator has lowered the limit since it was asked for.
func (l *lister) adapt(v *view) error {
	if !v.short() || len(v.records) == 0 {
		return nil
	}
	if l.most = len(v.records); l.most < minPerPage {
		return errSmallPages(v, l.most)
	}
	return nil
}

// take makes a page of what is new, up to the partition's last id.
func (l *lister) take(v *view, read int, fresh source.Ascending) source.Page {
	page := source.Page{Total: l.total(v)}
	if l.part.Until != 0 && fresh[len(fresh)-1].Number >= l.part.Until {
		// What stands between this partition's last id and the next one's
		// first, and has none itself, belongs to the next one.
		page.Records, page.Last = fresh[:fresh.UpTo(l.part.Until)].Records(), true
		return page
	}
	l.last, l.idle, l.passed = fresh[len(fresh)-1].Number, 0, 0
	l.position = v.start + read + len(fresh)
	page.Records, page.Next = fresh.Records(), l.cursor()
	return page
}

// ended makes sure that nothing follows a page that has nothing new. A short
// page is no proof, nor is a total, while pages may lie elsewhere than thought:
// the page after it is empty.
func (l *lister) ended(ctx context.Context, v *view) (bool, error) {
	after, err := l.search(ctx, l.part.Owner, v.page+1, v.size)
	if err != nil {
		return false, err
	}
	return len(after.records) == 0, nil
}

// pass moves on to where the last element read is now, at the end of a page
// that has nothing new, or behind it: repositories have come in before it.
func (l *lister) pass(v *view, read int) error {
	if read == 0 && len(v.records) > 0 {
		return v.Invalid("no_ids", "none of its elements has an id")
	}
	if len(v.records) >= minPerPage {
		// A page that is followed by another is full.
		l.most = min(l.most, len(v.records))
	}
	if to := v.start + read; read > 0 && to > l.position && v.records[read-1].Number > l.passed {
		l.position, l.passed = to, v.records[read-1].Number
		return nil
	}
	if l.idle++; l.idle == maxIdle {
		return v.Invalid("repeated_page", fmt.Sprintf(
			"it shows nothing after id %d, like the pages before it, and yet another page follows it", l.last))
	}
	return nil
}

// total is what a page states about the partition, if that is the whole listing.
func (l *lister) total(v *view) *int64 {
	if !l.part.Whole() {
		return nil
	}
	return v.total
}

// errSmallPages tells of a limit that leaves no room to overlap.
func errSmallPages(v *view, size int) error {
	return v.Refused(source.Configuration, "small_pages", fmt.Sprintf(
		"gives pages of %d at most, too few to page by without losing anything: "+
			"ask its operator for MAX_RESPONSE_ITEMS of at least %d", size, minPerPage))
}
