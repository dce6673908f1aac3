package gitea

import (
	"errors"
	"strings"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one repository.
func (g *gitea) Normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:    r.ID,
		Description:   f.Text("description"),
		WebURL:        f.Text("html_url"),
		Visibility:    visibility(f),
		Archived:      f.Bool("archived"),
		DefaultBranch: stated(f.Text("default_branch")),
		Owner:         f.Text("owner.login"),
		Topics:        f.Texts("topics"),
		Language:      stated(f.Text("language")),
		License:       license(f),
		Stars:         f.Int("stars_count"),
		Forks:         f.Int("forks_count"),
		CreatedAt:     moment(f.Time("created_at")),
		UpdatedAt:     moment(f.Time("updated_at")),
	}
	p.FullPath = f.Required("full_name")
	p.Name = f.TextOr("name", p.FullPath[strings.LastIndex(p.FullPath, "/")+1:])
	if f.Err() == nil && p.Name == "" {
		return p, errors.New("the record has no name")
	}
	return p, f.Err()
}

// visibility is public, internal (public in a private organization) or private.
func visibility(f *source.Fields) *string {
	closed, limited := f.Bool(private), f.Bool(internal)
	switch {
	case closed == nil:
		return nil
	case *closed:
		return new(private)
	case limited != nil && *limited:
		return new(internal)
	}
	return new(public)
}

// license joins the names of the licenses that were found in the repository.
func license(f *source.Fields) *string {
	names := f.Texts("licenses")
	if len(names) == 0 {
		return nil
	}
	return new(strings.Join(names, ", "))
}

// stated is nil for the empty text, with which Go programs state nothing.
func stated(text *string) *string {
	if text == nil || *text == "" {
		return nil
	}
	return text
}

// moment is nil for the zero times of Go and of Unix, with which Gitea states
// that something has not happened.
func moment(t *time.Time) *time.Time {
	if t == nil || t.Unix() <= 0 {
		return nil
	}
	return t
}
