package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"github.com/tidwall/gjson"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// columns lists what fields may fill.
func columns() []string {
	return []string{
		"name", "full_path", "description", "web_url", "visibility", "archived", "default_branch", "owner", "topics",
		"language", "license", "stars", "forks", "created_at", "updated_at", "last_activity_at",
	}
}

// field is a column and where its value is.
type field struct {
	column string
	value  *expression
}

// Normalize reads the columns that fields maps. A value that a column cannot
// take is an error, so that a service that changed its mind quarantines records
// rather than emptying a column.
func (s *httpSource) Normalize(raw []byte) (project.Project, error) {
	ctx, cancel := limited(context.Background())
	defer cancel()
	record, err := s.identify(ctx, raw)
	if err != nil {
		return project.Project{}, err
	}
	if record.Err != nil {
		return project.Project{}, record.Err
	}
	mapped, err := s.mapped(ctx, raw)
	if err != nil {
		return project.Project{}, err
	}
	f := source.ReadFields(mapped)
	p := project.Project{
		ExternalID:     record.ID,
		Description:    f.Text("description"),
		WebURL:         f.Text("web_url"),
		Visibility:     f.Text("visibility"),
		Archived:       f.Bool("archived"),
		DefaultBranch:  f.Text("default_branch"),
		Owner:          f.Text("owner"),
		Topics:         f.Texts("topics"),
		Language:       f.Text("language"),
		License:        f.Text("license"),
		Stars:          f.Int("stars"),
		Forks:          f.Int("forks"),
		CreatedAt:      f.Time("created_at"),
		UpdatedAt:      f.Time("updated_at"),
		LastActivityAt: f.Time("last_activity_at"),
	}
	fillNames(&p, f.Text("name"), f.Text("full_path"))
	if f.Err() != nil {
		return project.Project{}, f.Err()
	}
	return p, nil
}

// fillNames gives a name and a path to what has none: every project has both.
func fillNames(p *project.Project, name, fullPath *string) {
	switch {
	case name != nil && *name != "":
		p.Name = *name
	case fullPath != nil && *fullPath != "":
		p.Name = path.Base(*fullPath)
	default:
		p.Name = p.ExternalID
	}
	p.FullPath = p.Name
	if fullPath != nil && *fullPath != "" {
		p.FullPath = *fullPath
	}
}

// mapped returns an object of our columns and the record's values for them.
func (s *httpSource) mapped(ctx context.Context, raw []byte) ([]byte, error) {
	doc := newDocument(raw)
	values := make(map[string]json.RawMessage, len(s.fields))
	for _, f := range s.fields {
		value, err := f.value.read(ctx, doc)
		if err != nil {
			return nil, fmt.Errorf("fields.%s: %w", f.column, err)
		}
		if value.Type != gjson.Null {
			values[f.column] = json.RawMessage(value.Raw)
		}
	}
	return json.Marshal(values)
}

// jsonText writes a text as JSON.
func jsonText(text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text always marshals
	}
	return encoded
}
