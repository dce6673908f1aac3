package azuredevops

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"holdfast/internal/source"
)

// maxSample is how much of a project that cannot be read an error shows.
const maxSample = 200

// spec describes a partition: all projects, or the repositories of one.
type spec struct {
	List string `json:"list"`
	// Project is an id, or empty in a plan for an organization without any.
	Project string `json:"project"`
}

// Plan makes a partition for each project whose repositories are listed, or one
// of all projects.
func (a *azure) Plan(ctx context.Context) (source.Plan, error) {
	if a.options.List == listProjects {
		return source.Plan{Partitions: []source.Partition{partition("projects", listProjects, "")}}, nil
	}
	projects, err := a.projects(ctx)
	if err != nil {
		return source.Plan{}, err
	}
	partitions := make([]source.Partition, 0, len(projects))
	for _, p := range projects {
		if p.Err != nil {
			return source.Plan{}, projectWithoutID(p)
		}
		partitions = append(partitions, partition("project "+nameOf(p), listRepositories, p.ID))
	}
	if len(partitions) == 0 {
		partitions = append(partitions, partition("no projects", listRepositories, ""))
	}
	return source.Plan{Partitions: partitions}, nil
}

// projectWithoutID tells of a project whose repositories would be missing, and
// look deleted.
func projectWithoutID(p source.Record) error {
	return &source.Error{Kind: source.Contract, Code: "no_ids", Err: p.Err,
		Message: "the list of projects cannot be used, because one of them has no id",
		Sample:  strings.ToValidUTF8(string(p.Raw[:min(len(p.Raw), maxSample)]), "")}
}

// nameOf is what people call a project.
func nameOf(p source.Record) string {
	if name := source.ReadFields(p.Raw).Text("name"); name != nil && *name != "" {
		return *name
	}
	return p.ID
}

func partition(name, list, project string) source.Partition {
	// A word of this package and a GUID, which JSON takes as they are.
	return source.Partition{Name: name, Spec: fmt.Appendf(nil, `{"list":"%s","project":"%s"}`, list, project)}
}

// parseSpec refuses a plan that was made before the source was changed.
func (a *azure) parseSpec(stored []byte) (spec, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	if err != nil || s.List != a.options.List || s.Project != "" && uuid.Validate(s.Project) != nil {
		return spec{}, source.PlanOutdated()
	}
	return s, nil
}
