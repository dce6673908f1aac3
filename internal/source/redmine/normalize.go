package redmine

import (
	"errors"
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

// newRecord reads the id of one element.
func newRecord(raw []byte) source.Record {
	r := source.NewRecord(raw, "id")
	if r.Err != nil {
		return r
	}
	if _, ok := parseID(r.ID); !ok {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
	}
	return r
}

// Normalize reads the columns of one project. Its identifier is unique in a
// Redmine and names it in addresses: of the tree above it a record has only the
// parent's name.
func (r *redmine) Normalize(raw []byte) (project.Project, error) {
	record := newRecord(raw)
	if record.Err != nil {
		return project.Project{}, record.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:  record.ID,
		Description: f.Text("description"),
		Visibility:  visibility(f.Bool("is_public")),
		Archived:    archived(f.Int("status")),
		CreatedAt:   f.Time("created_on"),
		UpdatedAt:   f.Time("updated_on"),
	}
	name, identifier := f.Text("name"), f.Text("identifier")
	switch {
	case f.Err() != nil:
		return project.Project{}, f.Err()
	case identifier == nil || *identifier == "":
		return project.Project{}, errors.New("the record has no identifier")
	}
	p.FullPath, p.Name = *identifier, *identifier
	p.WebURL = new(r.options.URL + "/projects/" + url.PathEscape(*identifier))
	if name != nil && *name != "" {
		p.Name = *name
	}
	return p, nil
}

func visibility(public *bool) *string {
	switch {
	case public == nil:
		return nil
	case *public:
		return new("public")
	}
	return new("private")
}

// archived is true of closed projects too: they can be read and no longer
// changed, which is what other services call archived.
func archived(status *int64) *bool {
	if status == nil {
		return nil
	}
	return new(*status != 1)
}
