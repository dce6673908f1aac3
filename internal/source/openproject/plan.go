package openproject

import (
	"context"
	"encoding/json"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// spec describes a partition: a range of ids in the listing of some filters.
type spec struct {
	source.IDRange

	Filters string `json:"filters"`
}

// Plan makes sure of the token, asks for the total, and cuts the listing at ids
// that it asks for.
func (o *openproject) Plan(ctx context.Context) (source.Plan, error) {
	if _, err := o.account(ctx); err != nil {
		return source.Plan{}, err
	}
	total, err := o.total(ctx)
	if err != nil {
		return source.Plan{}, err
	}
	ranges, err := source.CutAtIDs(ctx, *total, o.options.PerPage, o.options.Partitions, o.idAt)
	if err != nil {
		return source.Plan{}, err
	}
	plan := source.Plan{Total: total}
	for _, r := range ranges {
		// A struct of a text and numbers always marshals.
		stored, _ := json.Marshal(spec{IDRange: r, Filters: o.options.filters()}) //nolint:errchkjson // see above
		plan.Partitions = append(plan.Partitions, source.Partition{Name: "projects" + r.Suffix(), Spec: stored})
	}
	return plan, nil
}

// idAt asks for the one element at a position. Its id is 0 if there is none.
func (o *openproject) idAt(ctx context.Context, position int) (int64, error) {
	v, err := o.view(ctx, position, 1)
	if err != nil || len(v.records) != 1 {
		return 0, err
	}
	return v.records[0].Number, nil
}

// parseSpec refuses a plan that was made before the source was changed. One that
// names no filters, not even none, was made by another kind.
func (o *openproject) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	if err != nil || gjson.GetBytes(stored, "filters").Type != gjson.String || s.Filters != o.options.filters() || !s.Valid() {
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}

// parse returns the position and the last id that a cursor names, or those of
// the partition's start.
func (s spec) parse(cursor source.Cursor) (position int, last int64, err error) {
	if cursor == "" {
		return s.Position, s.After, nil
	}
	position, last, err = source.ParseOffset(cursor)
	if err == nil && !s.Holds(last) {
		return 0, 0, source.BadCursor()
	}
	return position, last, err
}
