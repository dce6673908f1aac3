package bitbucketdc

import (
	"errors"
	"strings"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one repository. Bitbucket states no dates,
// stars, topics, language or license.
func (b *bitbucket) Normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:    r.ID,
		Description:   f.Text("description"),
		WebURL:        f.Text("links.self.0.href"),
		Visibility:    visibility(f),
		Archived:      f.Bool("archived"),
		DefaultBranch: branch(f.Text("defaultBranch")),
		Owner:         f.Text("project.key"),
	}
	name, slug := f.Text("name"), f.Text("slug")
	switch {
	case f.Err() != nil:
		return project.Project{}, f.Err()
	case slug == nil || *slug == "" || p.Owner == nil || *p.Owner == "":
		return project.Project{}, errors.New("the record has no slug and project.key")
	}
	p.FullPath, p.Name = *p.Owner+"/"+*slug, *slug
	if name != nil && *name != "" {
		p.Name = *name
	}
	return p, nil
}

// visibility is public where everyone may read the repository, by itself or as
// one of a public project.
func visibility(f *source.Fields) *string {
	own, whole := f.Bool("public"), f.Bool("project.public")
	switch {
	case own == nil:
		return nil
	case *own || whole != nil && *whole:
		return new("public")
	}
	return new("private")
}

// branch is the name of a branch without the prefix of its ref, or nil.
func branch(ref *string) *string {
	if ref == nil || *ref == "" {
		return nil
	}
	return new(strings.TrimPrefix(*ref, "refs/heads/"))
}
