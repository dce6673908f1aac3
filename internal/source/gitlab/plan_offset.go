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
	parts := []spec{{Path: g.options.path()}}
	if total != nil {
		if parts, err = g.cut(ctx, *total); err != nil {
			return source.Plan{}, err
		}
	}
	plan := source.Plan{Total: total}
	for _, part := range parts {
		name := g.options.name()
		if len(parts) > 1 {
			name += ", " + rangeName(part.After, part.Before)
		}
		plan.Partitions = append(plan.Partitions, partition(name, part))
	}
	return plan, nil
}

// cut makes ranges of one length, none shorter than two pages: at each border a
// page is asked for that shows little new.
func (g *gitlab) cut(ctx context.Context, total int64) ([]spec, error) {
	number := min(int64(g.options.Partitions), max(total/int64(2*g.options.PerPage), 1))
	parts := []spec{{Path: g.options.path()}}
	for i := int64(1); i < number; i++ {
		position := int(i * total / number)
		v, err := (&offset{gitlab: g}).get(ctx, position, 1)
		if err != nil {
			return nil, err
		}
		last := &parts[len(parts)-1]
		if len(v.records) != 1 || v.records[0].Number <= last.After {
			// Projects have gone meanwhile, or one has no id. Fewer cuts are as good.
			continue
		}
		id := v.records[0].Number
		last.Before = id + 1
		parts = append(parts, spec{Path: last.Path, After: id, Position: position})
	}
	return parts, nil
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
