package bitbucketdc

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

const (
	// overlap is how much of what was read a page shows again.
	overlap = 10
	// tailLength is how many ids a place keeps. All of them would have to be
	// deleted between two requests before the listing loses sight of its place.
	tailLength = 50

	placePrefix = "at:"
)

// place is where a listing stands. As a cursor it is the text
// "at:<start>:<id>,<id>,…".
type place struct {
	// start is where the service said that the next page begins; 0 at the
	// beginning. It is where to look, not what to trust: repositories before
	// it may come and go.
	start int
	// tail are the ids of the last repositories read, the last one last.
	tail []string
}

// advance moves behind some records that were read.
func (p *place) advance(start int, records []source.Record) {
	// Never in place: an earlier cursor may share the memory.
	tail := slices.Clone(p.tail)
	for _, r := range records {
		if r.Err == nil {
			tail = append(tail, r.ID)
		}
	}
	p.start, p.tail = start, tail[max(len(tail)-tailLength, 0):]
}

func (p *place) cursor() source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%s", placePrefix, p.start, strings.Join(p.tail, ",")))
}

// parsePlace returns the place that a cursor names. A cursor that this package
// did not write belongs to another kind of listing.
func parsePlace(cursor source.Cursor) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	digits, ids, both := strings.Cut(rest, ":")
	start, err := strconv.Atoi(digits)
	tail := strings.Split(ids, ",")
	foreign := slices.ContainsFunc(tail, func(id string) bool { return !isID(id) })
	if !ok || !both || err != nil || !isID(digits) || start > math.MaxInt32 || foreign || len(tail) > tailLength {
		return place{}, &source.Error{Kind: source.Expired, Code: "bad_cursor",
			Message: "the stored position does not belong to this listing; it begins again"}
	}
	return place{start: start, tail: tail}, nil
}
