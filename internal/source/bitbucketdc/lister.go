package bitbucketdc

import (
	"context"
	"slices"

	"holdfast/internal/source"
)

const (
	// overlap is how much of what was read a page shows again.
	overlap = 10
	// tailLength is how many ids a place keeps.
	tailLength = 50
)

// maxIdle is how many pages in a row may show nothing new and yet say that
// another one follows. Repositories that came in before the place read last
// make one of them; a service that gives one page whatever it is asked, all.
const maxIdle = 3

// lister reads the pages of one listing, one after the other.
type lister struct {
	*bitbucket
	// Place has in Position where the service said that the next page begins.
	source.Place

	path string
	// idle counts the pages with nothing new since the last with something.
	idle int
}

// next asks for pages until one shows what follows the last repositories read.
func (l *lister) next(ctx context.Context) (source.Page, error) {
	for {
		v, read, err := l.find(ctx)
		if err != nil {
			return source.Page{}, err
		}
		if err := l.welcome(v); err != nil {
			return source.Page{}, err
		}
		fresh := l.fresh(v.records[read:])
		if v.last {
			return source.Page{Records: fresh, Last: true}, nil
		}
		if n := source.Placed(fresh); n > 0 {
			l.idle = 0
			l.Position, l.Tail = v.next, l.Tail.Follow(fresh[:n], tailLength)
			return source.Page{Records: fresh[:n], Next: l.Cursor()}, nil
		}
		if err := l.pass(v); err != nil {
			return source.Page{}, err
		}
	}
}

// pass moves on behind a page that has nothing new.
func (l *lister) pass(v *view) error {
	l.idle++
	switch {
	case len(l.Tail) == 0 && len(v.records) > 0:
		return v.Invalid("no_ids", "none of its elements has an id")
	case l.idle == maxIdle:
		return v.Invalid("repeated_page", "it shows nothing new, like the pages before it, and yet says that another page follows")
	}
	l.Position = v.next
	return nil
}

// find asks for the page that shows the last repositories read, and returns how
// many of its elements come up to and with the first of them. A page that shows
// none is no use: what has not been read may have moved in front of it.
func (l *lister) find(ctx context.Context) (*view, int, error) {
	// Steps of half a page leave no gap between the pages asked for.
	for back := overlap; ; back += min(back, l.options.PerPage/2) {
		start := max(l.Position-back, 0)
		v, err := l.get(ctx, l.path, start, l.options.PerPage)
		if err != nil {
			return nil, 0, err
		}
		if len(l.Tail) == 0 {
			return v, 0, nil
		}
		if first := slices.IndexFunc(v.records, l.known); first >= 0 {
			return v, first + 1, nil
		}
		if start == 0 {
			return nil, 0, &source.Error{Kind: source.Expired, Code: "place_lost",
				Message: "the repositories that were read last are gone from " + l.options.name(l.path) + "; the listing begins again"}
		}
	}
}

// known reports whether a record is among the last that were read.
func (l *lister) known(r source.Record) bool { return r.Err == nil && slices.Contains(l.Tail, r.ID) }

// fresh drops the repositories that were read last. One of them may have been
// renamed and stand far behind the others, with unread ones in between: those
// are kept. Elements without an id are old up to the last of the run of known
// ones.
func (l *lister) fresh(records []source.Record) []source.Record {
	fresh := make([]source.Record, 0, len(records))
	for _, r := range records {
		switch {
		case l.known(r) && source.Placed(fresh) == 0:
			// What stood in between without an id was seen with it.
			fresh = fresh[:0]
		case !l.known(r):
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// welcome refuses a listing without anything in it that is not meant for the
// account: the service, or a proxy, has taken the credentials for none.
func (l *lister) welcome(v *view) error {
	if l.options.anonymous() || !v.last || v.start > 0 || len(v.records) > 0 || user(v.Response) != "" {
		return nil
	}
	return v.Refused(source.Configuration, "unauthorized", "shows no repository and names no user (X-AUSERNAME): "+
		"the credentials were not accepted; check them, and what stands in front of the service")
}
