package openproject

import (
	"context"
	"fmt"

	"holdfast/internal/source"
)

// listing reads the projects of a partition page by page.
type listing struct {
	*openproject

	part spec
	// position is how many elements came up to and with the one whose id is
	// last. It is where to look, not what to trust: projects before it may
	// come and go.
	position int
	last     int64
	// most is the largest page that the service gives.
	most int
}

// next asks for pages until one shows what follows the last id read.
func (l *listing) next(ctx context.Context) (source.Page, error) {
	for {
		v, err := l.find(ctx)
		if err != nil {
			return source.Page{}, err
		}
		read := v.records.UpTo(l.last)
		fresh := v.records[read:]
		// An element without an id at the end of a page would be shown again by
		// the next one, and could not be told from another. It is left to that.
		usable := fresh.Placed()
		switch {
		case l.reaches(fresh[:usable]):
			// What stands behind the partition's last id and has none itself
			// belongs to the next partition.
			return source.Page{Records: fresh[:fresh.UpTo(l.part.Until)].Records(), Last: true}, nil
		case v.last():
			return source.Page{Records: fresh.Records(), Last: true, Total: l.total(v)}, nil
		case usable > 0:
			l.position, l.last = v.start+read+usable, fresh[usable-1].Number
			return source.Page{Records: fresh[:usable].Records(), Next: source.OffsetCursor(l.position, l.last), Total: l.total(v)}, nil
		}
		if err := l.pass(v, read); err != nil {
			return source.Page{}, err
		}
	}
}

// reaches reports whether some records, whose last one has an id, go as far as
// the partition does.
func (l *listing) reaches(fresh source.Ascending) bool {
	return l.part.Until != 0 && len(fresh) > 0 && fresh[len(fresh)-1].Number >= l.part.Until
}

// total is what a page states about the partition, if that is the whole listing.
func (l *listing) total(v *view) *int64 {
	if !l.part.Whole() {
		return nil
	}
	return &v.total
}

// find asks for the page that shows the last element read and what follows it.
// A page that does not overlap what was read is no use: everything read has
// moved forward, out of it, and something unread may have done the same.
func (l *listing) find(ctx context.Context) (*view, error) {
	for {
		page, size := source.Window(l.position, l.most)
		v, err := l.view(ctx, page, size)
		switch {
		case err != nil:
			return nil, err
		case v.size < size && v.size < minPerPage:
			return nil, v.Invalid("small_pages", fmt.Sprintf("it has pages of %d at most, too few to page by", v.size))
		case v.size < size:
			l.most = v.size
		case v.start == 0 || v.records.UpTo(l.last) > 0:
			return v, nil
		default:
			l.position = v.start
		}
	}
}

// pass moves on to where the last element read is now, at the end of a page
// that has nothing new because others came in before it.
func (l *listing) pass(v *view, read int) error {
	switch {
	case read < len(v.records):
		return v.Invalid("no_ids", "its elements have no ids")
	case v.start+read <= l.position:
		return v.Invalid("short_page", fmt.Sprintf("it shows nothing new, and yet %d projects are said to be there", v.total))
	}
	l.position = v.start + read
	return nil
}
