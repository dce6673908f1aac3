package bitbucket

import (
	"context"
	"encoding/json"
	"slices"

	"holdfast/internal/source"
)

// spec describes a partition: one workspace.
type spec struct {
	Workspace string `json:"workspace"`
}

// Plan makes a partition of each workspace and asks for the totals.
func (b *bitbucket) Plan(ctx context.Context) (source.Plan, error) {
	workspaces, err := b.workspaces(ctx)
	if err != nil {
		return source.Plan{}, err
	}
	total, err := b.sum(ctx, workspaces)
	if err != nil {
		return source.Plan{}, err
	}
	plan := source.Plan{Total: total}
	for _, name := range workspaces {
		// A struct of a text always marshals.
		stored, _ := json.Marshal(spec{Workspace: name}) //nolint:errchkjson // see above
		plan.Partitions = append(plan.Partitions, source.Partition{Name: "workspace " + name, Spec: stored})
	}
	return plan, nil
}

// sum is the number of repositories in all workspaces; nil if one of them does
// not say.
func (b *bitbucket) sum(ctx context.Context, workspaces []string) (*int64, error) {
	sum := new(int64(0))
	for _, name := range workspaces {
		total, err := b.total(ctx, name)
		switch {
		case err != nil:
			return nil, err
		case total == nil:
			sum = nil
		case sum != nil:
			*sum += *total
		}
	}
	return sum, nil
}

// parseSpec refuses a plan that was made before the source was changed.
func (b *bitbucket) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	configured := b.options.Workspaces
	if err != nil || !isWorkspace(s.Workspace) || len(configured) > 0 && !slices.Contains(configured, s.Workspace) {
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}
