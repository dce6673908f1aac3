package gitlab

import (
	"path"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one project. GitLab's listings state no
// language, and the license only where the request asks for one project.
func (g *gitlab) Normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:     r.ID,
		Description:    f.Text("description"),
		WebURL:         f.Text("web_url"),
		Visibility:     f.Text("visibility"),
		Archived:       f.Bool("archived"),
		DefaultBranch:  f.Text("default_branch"),
		Owner:          f.Text("namespace.full_path"),
		Topics:         f.Texts("topics"),
		License:        f.Text("license.key"),
		Stars:          f.Int("star_count"),
		Forks:          f.Int("forks_count"),
		CreatedAt:      f.Time("created_at"),
		UpdatedAt:      f.Time("updated_at"),
		LastActivityAt: f.Time("last_activity_at"),
	}
	if p.Topics == nil {
		// Before GitLab 14 topics were called tags.
		p.Topics = f.Texts("tag_list")
	}
	p.FullPath = f.Required("path_with_namespace")
	p.Name = f.TextOr("name", path.Base(p.FullPath))
	return p, f.Err()
}
