package redmine

import (
	"net/url"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// The numbers that Redmine has for what may be done with a project.
const (
	statusActive   = "1"
	statusClosed   = "5"
	statusArchived = "9"
)

// Normalize reads the columns of one project. Its identifier is unique in a
// Redmine and names it in addresses: of the tree above it a record has only the
// parent's name.
func (r *redmine) Normalize(raw []byte) (project.Project, error) {
	record := source.NewNumbered(raw, "id")
	if record.Err != nil {
		return project.Project{}, record.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:  record.ID,
		Description: f.Text("description"),
		Visibility:  f.Visibility("is_public"),
		Archived:    archived(f.Int("status")),
		CreatedAt:   f.Time("created_on"),
		UpdatedAt:   f.Time("updated_on"),
	}
	p.FullPath = f.Required("identifier")
	p.Name = f.TextOr("name", p.FullPath)
	p.WebURL = new(r.options.URL + "/projects/" + url.PathEscape(p.FullPath))
	return p, f.Err()
}

// archived is true of closed projects too: they can be read and no longer
// changed, which is what other services call archived.
func archived(status *int64) *bool {
	if status == nil {
		return nil
	}
	return new(*status != 1)
}
