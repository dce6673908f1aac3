package source

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Tail are the ids of the records that were read last, the last one last. In a
// listing whose ids tell nothing of its order it finds the place again that was
// read last. All of them would have to vanish between two requests before the
// listing loses sight of that.
type Tail []string

// Follow returns the tail after some more records were read, with so many ids
// at most.
func (t Tail) Follow(records []Record, most int) Tail {
	// Never in place: an earlier cursor may share the memory.
	longer := slices.Clone(t)
	for _, r := range records {
		if r.Err == nil {
			longer = append(longer, r.ID)
		}
	}
	return longer[max(len(longer)-most, 0):]
}

// UpTo counts the records up to and with the last one that is in the tail.
func (t Tail) UpTo(records []Record) int {
	for i := len(records); i > 0; i-- {
		if records[i-1].Err == nil && slices.Contains(t, records[i-1].ID) {
			return i
		}
	}
	return 0
}

// String is the tail as a part of a cursor.
func (t Tail) String() string { return strings.Join(t, ",") }

// ParseTail reads what [Tail.String] wrote: ids that are numbers, one at least.
func ParseTail(text string, most int) (Tail, bool) {
	tail := Tail(strings.Split(text, ","))
	foreign := slices.ContainsFunc(tail, func(id string) bool { _, ok := ParseNumber(id); return !ok })
	return tail, !foreign && len(tail) <= most
}

// Place is where a listing by position stands whose ids tell nothing of its
// order. The zero Place is the beginning.
type Place struct {
	// Position is where the next page is to be looked for. It is not to be
	// trusted: records before it may come and go.
	Position int
	Tail     Tail
}

// Cursor is the text "at:<position>:<id>,<id>,…".
func (p Place) Cursor() Cursor {
	return Cursor(fmt.Sprintf("%s%d:%s", placePrefix, p.Position, p.Tail))
}

// ParsePlace returns the place that a cursor names, whose tail has so many ids
// at most.
func ParsePlace(cursor Cursor, most int) (Place, error) {
	if cursor == "" {
		return Place{}, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	digits, ids, both := strings.Cut(rest, ":")
	position, valid := ParseNumber(digits)
	tail, whole := ParseTail(ids, most)
	if !ok || !both || !valid || !whole || position > math.MaxInt32 {
		return Place{}, BadCursor()
	}
	return Place{Position: int(position), Tail: tail}, nil
}
