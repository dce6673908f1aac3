package source

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The forms of cursors that several kinds have. A cursor of one form is never
// read as one of another: a source may be changed from one listing to another
// while a cursor is stored.
const (
	keysetPrefix = "id:"
	placePrefix  = "at:"
)

// KeysetCursor is where a listing by ids stands: behind the last id read. It is
// the text "id:<last id>".
func KeysetCursor(last int64) Cursor {
	return Cursor(keysetPrefix + strconv.FormatInt(last, 10))
}

// ParseKeyset returns the last id read, or 0 for the empty cursor.
func ParseKeyset(cursor Cursor) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	digits, ok := strings.CutPrefix(string(cursor), keysetPrefix)
	last, valid := ParseNumber(digits)
	if !ok || !valid {
		return 0, BadCursor()
	}
	return last, nil
}

// OffsetCursor is where a listing by offset in the order of the ids stands. It
// is the text "at:<position>:<last id>", where position is how many elements
// came up to and with the last id.
func OffsetCursor(position int, last int64) Cursor {
	return Cursor(fmt.Sprintf("%s%d:%d", placePrefix, position, last))
}

// ParseOffset returns the position and the last id read, or zeros for the empty
// cursor.
func ParseOffset(cursor Cursor) (position int, last int64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), placePrefix)
	digits, id, both := strings.Cut(rest, ":")
	at, validAt := ParseNumber(digits)
	last, validLast := ParseNumber(id)
	if !ok || !both || !validAt || !validLast || at > math.MaxInt32 {
		return 0, 0, BadCursor()
	}
	return int(at), last, nil
}

// BadCursor tells of a cursor that belongs to another listing, as when a source
// was changed from a group to the whole instance: the listing begins again.
func BadCursor() error {
	return &Error{Kind: Expired, Code: "bad_cursor",
		Message: "the stored position does not belong to this listing; it begins again"}
}

// PlanOutdated tells of a partition that was planned before the source was
// changed: it would list something else than what is configured now.
func PlanOutdated() error {
	return &Error{Kind: Configuration, Code: "plan_outdated",
		Message: "this sync was planned for another listing than the source has now: start a new sync"}
}
