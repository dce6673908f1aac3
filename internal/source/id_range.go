package source

import (
	"context"
	"fmt"
	"math"
)

// IDRange is a part of a listing that ascends by number ids but is paged by
// position: the elements after one id up to another. Ids say what belongs to
// the part, which stays true while elements come and go; the position says only
// where to begin to look. A kind embeds it in the spec of its partitions.
type IDRange struct {
	// After is the last id before the range, and Until the last one in it; 0
	// is no bound.
	After int64 `json:"after,omitempty"`
	Until int64 `json:"until,omitempty"`
	// Position is how many elements came up to and with After when the plan
	// was made.
	Position int `json:"position,omitempty"`
}

// CutAtIDs cuts a listing of total elements into ranges of one length, at most
// as many as there may be partitions and none shorter than two pages: at each
// border a page is asked for that shows little new. idAt asks for the id of the
// element at a position, counted from 1; it is 0 if there is none.
func CutAtIDs(
	ctx context.Context, total int64, perPage, partitions int, idAt func(ctx context.Context, position int) (int64, error),
) ([]IDRange, error) {
	// No cursor names a position beyond this; see [ParseOffset].
	total = min(total, math.MaxInt32)
	number := min(int64(partitions), max(total/int64(2*perPage), 1))
	ranges := []IDRange{{}}
	for i := int64(1); i < number; i++ {
		position := int(i * total / number)
		id, err := idAt(ctx, position)
		if err != nil {
			return nil, err
		}
		last := &ranges[len(ranges)-1]
		if id <= last.After || id == math.MaxInt64 {
			// Elements have gone meanwhile, one has no id, or no id can follow.
			// Fewer cuts are as good.
			continue
		}
		last.Until = id
		ranges = append(ranges, IDRange{After: id, Position: position})
	}
	return ranges, nil
}

// Valid reports whether the range is one that [CutAtIDs] makes.
func (r IDRange) Valid() bool {
	return r.After >= 0 && r.After < math.MaxInt64 && r.Position >= 0 && r.Position < math.MaxInt32 &&
		(r.Until == 0 || r.Until > r.After)
}

// Whole reports whether the range is the whole listing.
func (r IDRange) Whole() bool { return r.After == 0 && r.Until == 0 }

// Holds reports whether the range goes on after an id that a cursor names.
func (r IDRange) Holds(last int64) bool {
	return last > r.After && (r.Until == 0 || last < r.Until)
}

// Suffix is what the range adds to the name of its listing: nothing if it is
// the whole of it.
func (r IDRange) Suffix() string {
	switch {
	case r.Whole():
		return ""
	case r.Until == 0:
		return fmt.Sprintf(", ids %d and up", r.After+1)
	}
	return fmt.Sprintf(", ids %d-%d", r.After+1, r.Until)
}
