package bitbucket

import (
	"errors"
	"strings"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one repository. Bitbucket states no stars,
// forks, topics, licenses, nor whether a repository is archived.
func (b *bitbucket) Normalize(raw []byte) (project.Project, error) {
	r := source.NewRecord(raw, "uuid")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:    r.ID,
		Description:   f.Text("description"),
		WebURL:        f.Text("links.html.href"),
		Visibility:    visibility(f),
		DefaultBranch: f.Text("mainbranch.name"),
		Language:      stated(f.Text("language")),
		CreatedAt:     f.Time("created_on"),
		UpdatedAt:     f.Time("updated_on"),
	}
	p.FullPath = f.Required("full_name")
	workspace, slug, parted := strings.Cut(p.FullPath, "/")
	p.Name, p.Owner = f.TextOr("name", slug), &workspace
	if f.Err() == nil && (!parted || workspace == "" || slug == "") {
		return p, errors.New("the record's full_name is not a workspace and a repository")
	}
	return p, f.Err()
}

func visibility(f *source.Fields) *string {
	switch private := f.Bool("is_private"); {
	case private == nil:
		return nil
	case *private:
		return new("private")
	}
	return new("public")
}

// stated is nil for the empty text, with which Bitbucket says that nobody has
// chosen a language.
func stated(text *string) *string {
	if text == nil || *text == "" {
		return nil
	}
	return text
}
