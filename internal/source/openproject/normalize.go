package openproject

import (
	"errors"
	"net/url"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// record is an element of a page; number is its id, or 0 if Err is set.
type record struct {
	source.Record

	number int64
}

func newRecord(raw []byte) record {
	r := record{Record: source.NewRecord(raw, "id")}
	if r.Err != nil {
		return r
	}
	number, ok := parseID(r.ID)
	if !ok {
		r.ID, r.Err = "", errors.New("the record's id is not a positive whole number")
		return r
	}
	r.number = number
	return r
}

// plain drops what only this package needs.
func plain(records []record) []source.Record {
	out := make([]source.Record, len(records))
	for i := range records {
		out[i] = records[i].Record
	}
	return out
}

// Normalize reads the columns of one project. Its identifier is unique in an
// OpenProject and names it in addresses: of the tree above it a record has only
// links and titles.
func (o *openproject) Normalize(raw []byte) (project.Project, error) {
	r := newRecord(raw)
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:  r.ID,
		Description: f.Text("description.raw"),
		Visibility:  visibility(f.Bool("public")),
		CreatedAt:   f.Time("createdAt"),
		UpdatedAt:   f.Time("updatedAt"),
	}
	if active := f.Bool("active"); active != nil {
		p.Archived = new(!*active)
	}
	name, identifier := f.Text("name"), f.Text("identifier")
	switch {
	case f.Err() != nil:
		return project.Project{}, f.Err()
	case identifier == nil || *identifier == "":
		return project.Project{}, errors.New("the record has no identifier")
	}
	p.FullPath, p.Name = *identifier, *identifier
	p.WebURL = new(o.options.URL + "/projects/" + url.PathEscape(*identifier))
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
