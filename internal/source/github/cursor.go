package github

import (
	"fmt"
	"math"
	"strings"

	"holdfast/internal/source"
)

// placePrefix begins the cursors of listings whose pages have numbers:
// "at:<position>:<page size>:<id>,<id>,…". That of the public listing is the
// last id; see [source.KeysetCursor].
const placePrefix = "at:"

// tailLength is how many ids a place keeps.
const tailLength = 20

// place is where a listing by page numbers stands.
type place struct {
	// position is how many elements came up to and with the last one read. It
	// is where to look, not what to trust: others before it may come and go.
	position int
	// size is the largest page that the service gives.
	size int
	tail source.Tail
}

func (p *place) cursor() source.Cursor {
	if p.position == 0 {
		return ""
	}
	return source.Cursor(fmt.Sprintf("%s%d:%d:%s", placePrefix, p.position, p.size, p.tail))
}

// parsePlace returns the place that a cursor names.
func parsePlace(cursor source.Cursor) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 {
		return place{}, source.BadCursor()
	}
	position, validPosition := source.ParseNumber(parts[0])
	size, validSize := source.ParseNumber(parts[1])
	tail, validTail := source.ParseTail(parts[2], tailLength)
	valid := validPosition && validSize && validTail
	if !valid || position > math.MaxInt32 || size < minPerPage || size > maxPerPage {
		return place{}, source.BadCursor()
	}
	return place{position: int(position), size: int(size), tail: tail}, nil
}
