package openproject

import (
	"context"
	"encoding/json"
	"fmt"

	"holdfast/internal/source"
)

// spec describes a partition: a range of ids in the listing of some filters.
type spec struct {
	Filters string `json:"filters"`
	// After is the last id before the range, and Until the last one in it; 0
	// is no bound.
	After int64 `json:"after,omitempty"`
	Until int64 `json:"until,omitempty"`
	// Position is how many elements came up to and with After when the plan
	// was made.
	Position int `json:"position,omitempty"`
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
	parts, err := o.cut(ctx, *total)
	if err != nil {
		return source.Plan{}, err
	}
	plan := source.Plan{Total: total}
	for _, part := range parts {
		// A struct of a text and numbers always marshals.
		stored, _ := json.Marshal(part) //nolint:errchkjson // see above
		plan.Partitions = append(plan.Partitions, source.Partition{Name: part.name(), Spec: stored})
	}
	return plan, nil
}

// cut makes ranges of one length, none shorter than two pages: at each border a
// page is asked for that shows little new.
func (o *openproject) cut(ctx context.Context, total int64) ([]spec, error) {
	number := min(int64(o.options.Partitions), max(total/int64(2*o.options.PerPage), 1))
	parts := []spec{{Filters: o.options.filters()}}
	for i := int64(1); i < number; i++ {
		position := int(i * total / number)
		id, err := o.idAt(ctx, position)
		if err != nil {
			return nil, err
		}
		last := &parts[len(parts)-1]
		if id <= last.After {
			// Projects have gone meanwhile. Fewer cuts are as good.
			continue
		}
		last.Until = id
		parts = append(parts, spec{Filters: last.Filters, After: id, Position: position})
	}
	return parts, nil
}

// idAt asks for the one element at a position. Its id is 0 if there is none.
func (o *openproject) idAt(ctx context.Context, position int) (int64, error) {
	v, err := o.view(ctx, position, 1)
	if err != nil || len(v.records) != 1 {
		return 0, err
	}
	return v.records[0].Number, nil
}

// name tells a person which part it is.
func (s spec) name() string {
	switch {
	case s.After == 0 && s.Until == 0:
		return "projects"
	case s.Until == 0:
		return fmt.Sprintf("projects, ids %d and up", s.After+1)
	}
	return fmt.Sprintf("projects, ids %d-%d", s.After+1, s.Until)
}

// parseSpec refuses a plan that was made before the source was changed.
func (o *openproject) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	if err != nil || s.Filters != o.options.filters() || s.After < 0 || s.Position < 0 || s.Until < 0 || s.Until != 0 && s.Until <= s.After {
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
	if err == nil && (last <= s.After || s.Until != 0 && last >= s.Until) {
		return 0, 0, source.BadCursor()
	}
	return position, last, err
}
