package gitlab

import (
	"context"

	"holdfast/internal/source"
)

// planByOffset cuts the listing of a group or a user at ids that it asks for.
// Where GitLab states no total, which it does above 10,000 projects, the listing
// is one partition.
func (g *gitlab) planByOffset(ctx context.Context) (source.Plan, error) {
	_, total, err := g.probe(ctx, "asc")
	if err != nil {
		return source.Plan{}, err
	}
	ranges := []source.IDRange{{}}
	if total != nil {
		ranges, err = source.CutAtIDs(ctx, *total, g.options.PerPage, g.options.Partitions, g.idAt)
		if err != nil {
			return source.Plan{}, err
		}
	}
	plan := source.Plan{Total: total}
	for _, r := range ranges {
		part := spec{Path: g.options.path(), After: r.After, Position: r.Position}
		if r.Until != 0 {
			part.Before = r.Until + 1
		}
		plan.Partitions = append(plan.Partitions, partition(g.options.name()+r.Suffix(), part))
	}
	return plan, nil
}

// idAt asks for the one element at a position. Its id is 0 if there is none.
func (g *gitlab) idAt(ctx context.Context, position int) (int64, error) {
	v, err := (&offset{gitlab: g}).get(ctx, position, 1)
	if err != nil || len(v.records) != 1 {
		return 0, err
	}
	return v.records[0].Number, nil
}

// name tells a person what is listed, if that is not the instance.
func (o *options) name() string {
	if o.User != "" {
		return "user " + o.User
	}
	return "group " + o.Group
}

// parseOffset returns the position and the last id that a cursor names, or those
// of the partition's start.
func (s spec) parseOffset(cursor source.Cursor) (position int, last int64, err error) {
	if cursor == "" {
		return s.Position, s.After, nil
	}
	position, last, err = source.ParseOffset(cursor)
	if err == nil && (last <= s.After || s.Before != 0 && last >= s.Before-1) {
		return 0, 0, source.BadCursor()
	}
	return position, last, err
}
