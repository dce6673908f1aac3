package jira

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// Cursors are text: "at:<position>:<id>,<id>,…" in Cloud, and "id:<last id>"
// in Data Center.
const (
	placePrefix  = "at:"
	keysetPrefix = "id:"
)

// tailLength is how many ids a place keeps. All of them would have to be
// deleted between two requests before the listing loses sight of its place.
const tailLength = 20

// place is where a listing by offset stands.
type place struct {
	// position is how many elements came up to and with the last one read. It
	// is where to look, not what to trust: others before it may come and go.
	position int
	// tail are the ids of the last projects read, the last one last.
	tail []string
}

// advance moves behind some records that were read.
func (p *place) advance(position int, records []source.Record) {
	p.position = position
	for _, r := range records {
		if r.Err == nil {
			p.tail = append(p.tail, r.ID)
		}
	}
	p.tail = slices.Clone(p.tail[max(len(p.tail)-tailLength, 0):])
}

// readUpTo is how many records come up to and with the last one that was read.
func (p *place) readUpTo(records []source.Record) int {
	read := len(records)
	for read > 0 && !slices.Contains(p.tail, records[read-1].ID) {
		read--
	}
	return read
}

func (p *place) cursor() source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%s", placePrefix, p.position, strings.Join(p.tail, ",")))
}

// parsePlace returns the place that a cursor names.
func parsePlace(cursor source.Cursor) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	digits, ids, both := strings.Cut(rest, ":")
	position, valid := parseID(digits)
	tail := strings.Split(ids, ",")
	foreign := slices.ContainsFunc(tail, func(id string) bool { _, ok := parseID(id); return !ok })
	if !ok || !both || !valid || position > math.MaxInt32 || foreign || len(tail) > tailLength {
		return place{}, errCursor()
	}
	return place{position: int(position), tail: tail}, nil
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
// moved from Data Center to Cloud.
func errCursor() error {
	return &source.Error{Kind: source.Expired, Code: "bad_cursor",
		Message: "the stored position does not belong to this listing; it begins again"}
}
