package azuredevops

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// Normalize reads the columns of one repository or project.
func (a *azure) Normalize(raw []byte) (project.Project, error) {
	r := newRecord(raw)
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{ExternalID: r.ID}
	name := f.Text("name")
	if a.options.List == listProjects {
		fillProject(&p, f, name)
	} else {
		fillRepository(&p, f, name)
	}
	switch {
	case f.Err() != nil:
		return project.Project{}, f.Err()
	case name == nil || *name == "":
		return project.Project{}, errors.New("the record has no name")
	}
	return p, nil
}

func fillProject(p *project.Project, f *source.Fields, name *string) {
	p.Description = f.Text("description")
	p.Visibility = f.Text("visibility")
	p.UpdatedAt = date(f.Time("lastUpdateTime"))
	api := f.Text("url")
	if name == nil {
		return
	}
	p.Name, p.FullPath = *name, *name
	if api != nil {
		p.WebURL = page(*api, *name)
	}
}

// fillRepository reads a repository, which states the name and the visibility
// of its project, and no dates.
func fillRepository(p *project.Project, f *source.Fields, name *string) {
	p.Owner = f.Text("project.name")
	p.Visibility = f.Text("project.visibility")
	p.Archived = f.Bool("isDisabled")
	if branch := f.Text("defaultBranch"); branch != nil {
		p.DefaultBranch = new(strings.TrimPrefix(*branch, "refs/heads/"))
	}
	if p.WebURL = f.Text("webUrl"); p.WebURL == nil {
		p.WebURL = withoutUser(f.Text("remoteUrl"))
	}
	if name == nil {
		return
	}
	p.Name, p.FullPath = *name, *name
	if p.Owner != nil {
		p.FullPath = *p.Owner + "/" + *name
	}
}

// date leaves out the first day of the first year, which is .NET's word for none.
func date(t *time.Time) *time.Time {
	if t == nil || t.Year() == 1 {
		return nil
	}
	return t
}

// page is a project's page for people. Azure states only the address of its
// API, which is below the same one.
func page(api, name string) *string {
	organization, _, found := strings.Cut(api, "/_apis/")
	if !found {
		return nil
	}
	return new(organization + "/" + url.PathEscape(name))
}

// withoutUser takes the user out of an address for cloning, which old servers
// have in place of a page for people.
func withoutUser(remote *string) *string {
	if remote == nil {
		return nil
	}
	address, err := url.Parse(*remote)
	if err != nil || address.Host == "" {
		return nil
	}
	address.User = nil
	return new(address.String())
}
