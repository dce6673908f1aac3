// Package sampletruth says what Holdfast's table must show of a sample forge's
// projects: the records as the forge sends them, and the columns as GitLab's
// documentation describes the fields, by code that shares nothing with the
// source that reads them.
package sampletruth

import (
	"path"
	"strconv"

	"holdfast/internal/invariants"
	"holdfast/internal/project"
	"holdfast/internal/sampleforge"
)

// Of returns the truth of this moment by external id. The forge must stand still.
func Of(forge *sampleforge.Forge) (map[string]invariants.Truth, error) {
	truth := map[string]invariants.Truth{}
	for p := range forge.Projects() {
		raw, err := forge.Raw(p.ID)
		if err != nil {
			return nil, err
		}
		id := strconv.FormatInt(p.ID, 10)
		truth[id] = invariants.Truth{Payload: raw, Columns: &project.Project{
			ExternalID: id, Name: p.Name, FullPath: p.FullPath, Description: p.Description,
			WebURL: new("https://gitlab.example.com/" + p.FullPath), Visibility: &p.Visibility, Archived: &p.Archived,
			DefaultBranch: p.DefaultBranch, Owner: new(path.Dir(p.FullPath)), Topics: p.Topics,
			Stars: new(int64(p.Stars)), Forks: new(int64(p.Forks)),
			CreatedAt: &p.CreatedAt, UpdatedAt: &p.UpdatedAt, LastActivityAt: &p.UpdatedAt,
		}}
	}
	return truth, nil
}
