package openproject

import (
	"net/url"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one project. Its identifier is unique in an
// OpenProject and names it in addresses: of the tree above it a record has only
// links and titles.
func (o *openproject) Normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:  r.ID,
		Description: f.Text("description.raw"),
		Visibility:  f.Visibility("public"),
		CreatedAt:   f.Time("createdAt"),
		UpdatedAt:   f.Time("updatedAt"),
	}
	if active := f.Bool("active"); active != nil {
		p.Archived = new(!*active)
	}
	p.FullPath = f.Required("identifier")
	p.Name = f.TextOr("name", p.FullPath)
	p.WebURL = new(o.options.URL + "/projects/" + url.PathEscape(p.FullPath))
	return p, f.Err()
}
