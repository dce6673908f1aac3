package gitlab

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// Cursors are text: "id:<last id>" in keyset paging, and
// "at:<position>:<last id>" in offset paging, where position is how many
// elements came up to and with the last id.
const (
	keysetPrefix = "id:"
	offsetPrefix = "at:"
)

func keysetCursor(last int64) source.Cursor {
	return source.Cursor(keysetPrefix + strconv.FormatInt(last, 10))
}

func offsetCursor(position int, last int64) source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%d", offsetPrefix, position, last))
}

// parseKeyset returns the last id read, or start for the empty cursor.
func parseKeyset(cursor source.Cursor, start int64) (int64, error) {
	if cursor == "" {
		return start, nil
	}
	digits, ok := strings.CutPrefix(string(cursor), keysetPrefix)
	last, valid := parseID(digits)
	if !ok || !valid || last < start {
		return 0, errCursor()
	}
	return last, nil
}

// parseOffset returns the position and the last id read.
func parseOffset(cursor source.Cursor) (position int, last int64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	rest, ok := strings.CutPrefix(string(cursor), offsetPrefix)
	digits, id, both := strings.Cut(rest, ":")
	at, validAt := parseID(digits)
	last, validLast := parseID(id)
	if !ok || !both || !validAt || !validLast || at > math.MaxInt32 {
		return 0, 0, errCursor()
	}
	return int(at), last, nil
}

// parseID reads a whole number that is written in its only canonical way.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// errCursor tells of a cursor of another kind of listing, as when a source was
// changed from a group to the whole instance.
func errCursor() error {
	return &source.Error{Kind: source.Expired, Code: "bad_cursor",
		Message: "the stored position does not belong to this listing; it begins again"}
}
