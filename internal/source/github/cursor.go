package github

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// Cursors are text: "id:<last id>" in the public listing, and
// "at:<position>:<page size>:<id>,<id>,…" where pages have numbers.
const (
	keysetPrefix = "id:"
	placePrefix  = "at:"
)

// tailLength is how many ids a place keeps. All of them would have to be
// deleted between two requests before the listing loses sight of its place.
const tailLength = 20

// place is where a listing by page numbers stands.
type place struct {
	// position is how many elements came up to and with the last one read. It
	// is where to look, not what to trust: others before it may come and go.
	position int
	// size is the largest page that the service gives.
	size int
	// tail are the ids of the last repositories read, the last one last.
	tail []string
}

// advance moves behind some records that were read.
func (p *place) advance(position int, records []source.Record) {
	p.position = position
	// Never in place: an earlier cursor may share the memory.
	tail := slices.Clone(p.tail)
	for _, r := range records {
		if r.Err == nil {
			tail = append(tail, r.ID)
		}
	}
	p.tail = tail[max(len(tail)-tailLength, 0):]
}

func (p *place) cursor() source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%d:%s", placePrefix, p.position, p.size, strings.Join(p.tail, ",")))
}

// parsePlace returns the place that a cursor names.
func parsePlace(cursor source.Cursor) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 {
		return place{}, errCursor()
	}
	position, validPosition := parseID(parts[0])
	size, validSize := parseID(parts[1])
	tail := strings.Split(parts[2], ",")
	foreign := slices.ContainsFunc(tail, func(id string) bool { _, ok := parseID(id); return !ok })
	valid := validPosition && validSize && !foreign
	if !valid || position > math.MaxInt32 || size < minPerPage || size > maxPerPage || len(tail) > tailLength {
		return place{}, errCursor()
	}
	return place{position: int(position), size: int(size), tail: tail}, nil
}

func keysetCursor(last int64) source.Cursor {
	return source.Cursor(keysetPrefix + strconv.FormatInt(last, 10))
}

// parseKeyset returns the last id read, or 0 for the empty cursor.
func parseKeyset(cursor source.Cursor) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	digits, ok := strings.CutPrefix(string(cursor), keysetPrefix)
	last, valid := parseID(digits)
	if !ok || !valid {
		return 0, errCursor()
	}
	return last, nil
}

// parseID reads a whole number that is written in its only canonical way.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// errCursor tells of a cursor of another kind of listing, as when a source was
// changed from an organization to all public repositories.
func errCursor() error {
	return &source.Error{Kind: source.Expired, Code: "bad_cursor",
		Message: "the stored position does not belong to this listing; it begins again"}
}
