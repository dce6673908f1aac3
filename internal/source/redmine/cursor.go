package redmine

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

// placePrefix begins every cursor: "at:<position>:<id>,<id>,…".
const placePrefix = "at:"

// tailLength is how many ids a place keeps. All of them would have to vanish
// between two requests before the listing loses sight of its place.
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
	for i, r := range slices.Backward(records) {
		if r.Err == nil && slices.Contains(p.tail, r.ID) {
			return i + 1
		}
	}
	return 0
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
		return place{}, &source.Error{Kind: source.Expired, Code: "bad_cursor",
			Message: "the stored position does not belong to this listing; it begins again"}
	}
	return place{position: int(position), tail: tail}, nil
}

// parseID reads a whole number that is written in its only canonical way.
func parseID(text string) (int64, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return id, err == nil && id > 0 && strconv.FormatInt(id, 10) == text
}

// spec describes the one partition of a listing.
type spec struct {
	Status string `json:"status"`
}

func (r *redmine) partition() source.Partition {
	// A struct of one text always marshals.
	stored, _ := json.Marshal(spec{Status: r.options.filter()}) //nolint:errchkjson // see above
	return source.Partition{Name: "projects", Spec: stored}
}

// checkSpec refuses a plan that was made before the source was changed.
func (r *redmine) checkSpec(stored []byte) error {
	var s spec
	if err := json.Unmarshal(stored, &s); err != nil || s.Status != r.options.filter() {
		return &source.Error{Kind: source.Configuration, Code: "plan_outdated",
			Message: "this sync was planned for another listing than the source has now: start a new sync"}
	}
	return nil
}
