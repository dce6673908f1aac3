package github

import (
	"path"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one repository. The public listing states
// neither dates nor counts; those columns are then null.
func (g *github) Normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:     r.ID,
		Description:    f.Text("description"),
		WebURL:         f.Text("html_url"),
		Visibility:     visibility(f),
		Archived:       f.Bool("archived"),
		DefaultBranch:  f.Text("default_branch"),
		Owner:          f.Text("owner.login"),
		Topics:         f.Texts("topics"),
		Language:       f.Text("language"),
		License:        f.Text("license.key"),
		Stars:          f.Int("stargazers_count"),
		Forks:          f.Int("forks_count"),
		CreatedAt:      f.Time("created_at"),
		UpdatedAt:      f.Time("updated_at"),
		LastActivityAt: f.Time("pushed_at"),
	}
	p.FullPath = f.Required("full_name")
	p.Name = f.TextOr("name", path.Base(p.FullPath))
	return p, f.Err()
}

// visibility falls back on private where there is no visibility: the public
// listing and older GitHub Enterprise Servers have only that.
func visibility(f *source.Fields) *string {
	stated, private := f.Text("visibility"), f.Bool("private")
	switch {
	case stated != nil || private == nil:
		return stated
	case *private:
		return new("private")
	}
	return new("public")
}
