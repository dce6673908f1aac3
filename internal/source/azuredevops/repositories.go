package azuredevops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/source"
)

// repositories asks for all repositories of a project.
func (a *azure) repositories(ctx context.Context, project string) ([]source.Record, error) {
	res, err := a.ask(ctx, "/"+project+"/_apis/git/repositories", a.options.query())
	if e, ok := errors.AsType[*source.Error](err); ok && e.Code == "not_found" {
		return nil, a.unlessGone(ctx, project, err)
	}
	if err != nil {
		return nil, err
	}
	records, err := readRecords(res)
	if err != nil {
		return nil, err
	}
	if len(records) > 0 && !slices.ContainsFunc(records, func(r source.Record) bool { return r.Err == nil }) {
		return nil, res.Invalid("no_ids", "none of its elements has an id")
	}
	for _, r := range records {
		owner := source.ReadFields(r.Raw).Text("project.id")
		if r.Err == nil && owner != nil && !strings.EqualFold(*owner, project) {
			return nil, res.Invalid("wrong_project", fmt.Sprintf("it lists a repository of project %q, where %s was asked for", *owner, project))
		}
	}
	return records, nil
}

// unlessGone is nil if a project that was not found is not listed any more
// either: it was deleted since the plan was made. Else it is the error.
func (a *azure) unlessGone(ctx context.Context, project string, notFound error) error {
	projects, err := a.projects(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(projects, func(p source.Record) bool { return strings.EqualFold(p.ID, project) }) {
		return notFound
	}
	return nil
}
