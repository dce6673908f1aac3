package gitlab

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"holdfast/internal/source"
)

// spec describes a partition: a range of ids in a listing.
type spec struct {
	Path string `json:"path"`
	// After and Before exclude the ids they name; 0 is no bound.
	After  int64 `json:"after,omitempty"`
	Before int64 `json:"before,omitempty"`
	// Position is how many elements of an offset listing came up to and with
	// After when the plan was made.
	Position int `json:"position,omitempty"`
}

// Plan asks for the first and last id of an instance, and for the total, which
// GitLab states up to 10,000 projects.
func (g *gitlab) Plan(ctx context.Context) (source.Plan, error) {
	if g.options.offset() {
		return g.planByOffset(ctx)
	}
	last, total, err := g.probe(ctx, "desc")
	if err != nil {
		return source.Plan{}, err
	}
	first := last
	if g.options.Partitions > 1 && last > 0 {
		if first, _, err = g.probe(ctx, "asc"); err != nil {
			return source.Plan{}, err
		}
	}
	return source.Plan{Partitions: g.ranges(first, last), Total: total}, nil
}

// probe asks for the one project at an end of the listing, by offset paging:
// keyset paging states no total. Its id is 0 if there is none.
func (g *gitlab) probe(ctx context.Context, sort string) (id int64, total *int64, err error) {
	res, err := g.ask(ctx, g.options.path(), g.options.query(sort, 1))
	if err != nil {
		return 0, nil, err
	}
	elements, err := res.Elements("")
	if err != nil {
		return 0, nil, err
	}
	if len(elements) > 0 {
		// A record without a usable id has number 0, which means one range
		// that is open at both ends: slower, and never wrong.
		id = source.NewNumbered(elements[0], "id").Number
	}
	return id, statedTotal(res.Header), nil
}

// statedTotal is the x-total header, which GitLab leaves out where counting
// would cost too much.
func statedTotal(h http.Header) *int64 {
	total, err := strconv.ParseInt(h.Get("X-Total"), 10, 64)
	if err != nil || total < 0 {
		return nil
	}
	return &total
}

// ranges cuts the ids from first to last into ranges of one width, none
// narrower than a page. Below the first and above the last nothing is cut off:
// projects come and go between the probe and the listing.
func (g *gitlab) ranges(first, last int64) []source.Partition {
	span := max(last-first+1, 1)
	parts := min(int64(g.options.Partitions), max(span/int64(g.options.PerPage), 1))
	width := span / parts
	partitions := make([]source.Partition, 0, parts)
	for i := range parts {
		after, before := first-1+i*width, first+(i+1)*width
		if i == 0 {
			after = 0
		}
		if i == parts-1 {
			before = 0
		}
		partitions = append(partitions, partition(rangeName(after, before), spec{Path: g.options.path(), After: after, Before: before}))
	}
	return partitions
}

func rangeName(after, before int64) string {
	if before == 0 {
		return fmt.Sprintf("ids %d and up", after+1)
	}
	return fmt.Sprintf("ids %d-%d", after+1, before-1)
}

func partition(name string, s spec) source.Partition {
	// A struct of a text and numbers always marshals.
	stored, _ := json.Marshal(s) //nolint:errchkjson // see above
	return source.Partition{Name: name, Spec: stored}
}

// parseSpec refuses a plan that was made before the source was changed.
func (g *gitlab) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	if err != nil || s.Path != g.options.path() || !s.valid() {
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}

// valid reports whether the bounds leave room for an id, and a cursor can name
// the position.
func (s spec) valid() bool {
	return s.After >= 0 && s.After < math.MaxInt64 && s.Position >= 0 && s.Position < math.MaxInt32 &&
		(s.Before == 0 || s.Before > s.After)
}
