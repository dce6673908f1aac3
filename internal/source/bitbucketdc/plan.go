package bitbucketdc

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"holdfast/internal/source"
)

const allPath = "/rest/api/1.0/repos"

// spec describes a partition: one listing.
type spec struct {
	Path string `json:"path"`
}

// paths are those of the listings: of each project, or the one of all.
func (o *options) paths() []string {
	if len(o.Projects) == 0 {
		return []string{allPath}
	}
	list := make([]string, 0, len(o.Projects))
	for _, key := range o.Projects {
		list = append(list, "/rest/api/1.0/projects/"+url.PathEscape(key)+"/repos")
	}
	return list
}

// name tells a person what a listing is of.
func (o *options) name(path string) string {
	if i := slices.Index(o.paths(), path); len(o.Projects) > 0 && i >= 0 {
		return "project " + o.Projects[i]
	}
	return "all projects"
}

// Plan makes a partition of each listing. Bitbucket states no totals, so there
// is nothing to ask for.
func (b *bitbucket) Plan(context.Context) (source.Plan, error) {
	var plan source.Plan
	for _, path := range b.options.paths() {
		// A struct of a text always marshals.
		stored, _ := json.Marshal(spec{Path: path}) //nolint:errchkjson // see above
		plan.Partitions = append(plan.Partitions, source.Partition{Name: b.options.name(path), Spec: stored})
	}
	return plan, nil
}

// parseSpec refuses a plan that was made before the source was changed.
func (b *bitbucket) parseSpec(stored []byte) (spec, error) {
	var s spec
	if err := json.Unmarshal(stored, &s); err != nil || !slices.Contains(b.options.paths(), s.Path) {
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}
