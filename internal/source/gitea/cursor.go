package gitea

import (
	"fmt"
	"math"
	"strings"

	"holdfast/internal/source"
)

// place is where a partition's listing stands. As a cursor it is the text
// "at:<position>:<page size>:<last id>".
type place struct {
	// position is how many elements of the whole listing came up to and with
	// the one whose id is last. It is where to look, not what to trust:
	// repositories before it may come and go.
	position int
	// most is the largest page that the server gives.
	most int
	last int64
}

const placePrefix = "at:"

func (p place) cursor() source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%d:%d", placePrefix, p.position, p.most, p.last))
}

// parse returns the place that a cursor names, or the partition's start.
func (s spec) parse(cursor source.Cursor) (place, error) {
	if cursor == "" {
		return place{position: s.Position, most: s.Size, last: s.After}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 3 {
		return place{}, source.BadCursor()
	}
	position, validPosition := source.ParseNumber(parts[0])
	most, validMost := source.ParseNumber(parts[1])
	last, validLast := source.ParseNumber(parts[2])
	switch {
	case !validPosition || !validMost || !validLast,
		position > math.MaxInt32, most < minPerPage, most > maxPerPage,
		!s.Holds(last):
		return place{}, source.BadCursor()
	}
	return place{position: int(position), most: int(most), last: last}, nil
}
