package openproject

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// cursorPrefix begins every cursor: "at:<position>:<last id>", where position
// is how many elements came up to and with the last id.
const cursorPrefix = "at:"

func cursor(position int, last int64) source.Cursor {
	return source.Cursor(fmt.Sprintf("%s%d:%d", cursorPrefix, position, last))
}

// parseCursor returns the position and the last id read.
func parseCursor(from source.Cursor) (position int, last int64, err error) {
	if from == "" {
		return 0, 0, nil
	}
	rest, ok := strings.CutPrefix(string(from), cursorPrefix)
	digits, id, both := strings.Cut(rest, ":")
	at, validAt := parseID(digits)
	last, validLast := parseID(id)
	if !ok || !both || !validAt || !validLast || at > math.MaxInt32 {
		return 0, 0, &source.Error{Kind: source.Expired, Code: "bad_cursor",
			Message: "the stored position does not belong to this listing; it begins again"}
	}
	return int(at), last, nil
}

// parseID reads a whole number that is written in its only canonical way.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// window returns the page that shows the element at a position, counted from 1,
// and as many after it as can be; position 0 is before the first. Pages begin
// only at multiples of their size, so it is the size that varies, between most
// and half of it. The overlap costs about one request in eight.
func window(position, most int) (page, size int) {
	if position == 0 {
		return 1, most
	}
	best := 0
	for s := most; s >= most/2; s-- {
		p := (position-1)/s + 1
		if gain := p*s - position; gain > best {
			best, page, size = gain, p, s
		}
	}
	return page, size
}

// spec describes the one partition of a listing.
type spec struct {
	Filters string `json:"filters"`
}

func (o *openproject) partition() source.Partition {
	// A struct of one text always marshals.
	stored, _ := json.Marshal(spec{Filters: o.options.filters()}) //nolint:errchkjson // see above
	return source.Partition{Name: "projects", Spec: stored}
}

// checkSpec refuses a plan that was made before the source was changed.
func (o *openproject) checkSpec(stored []byte) error {
	var s spec
	if err := json.Unmarshal(stored, &s); err != nil || s.Filters != o.options.filters() {
		return &source.Error{Kind: source.Configuration, Code: "plan_outdated",
			Message: "this sync was planned for another listing than the source has now: start a new sync"}
	}
	return nil
}
