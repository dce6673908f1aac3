package jira

import (
	"net/url"
	"strings"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// newRecords reads the ids of a page's elements.
func newRecords(elements [][]byte) []source.Record {
	records := make([]source.Record, len(elements))
	for i, element := range elements {
		records[i] = source.NewNumbered(element, "id").Record
	}
	return records
}

// normalize reads the columns of one project. The key is the project's path:
// people and links name it by that, and an administrator may change it. The
// category is the one topic that a project can have.
func normalize(raw []byte) (project.Project, error) {
	r := source.NewNumbered(raw, "id")
	if r.Err != nil {
		return project.Project{}, r.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID:     r.ID,
		Description:    f.Text("description"),
		Archived:       f.Bool("archived"),
		Owner:          f.Text("lead.displayName"),
		LastActivityAt: f.Time("insight.lastIssueUpdateTime"),
	}
	if category := f.Text("projectCategory.name"); category != nil {
		p.Topics = []string{*category}
	}
	p.FullPath = f.Required("key")
	p.Name = f.TextOr("name", p.FullPath)
	if self := f.Text("self"); self != nil {
		p.WebURL = browse(*self, p.FullPath)
	}
	return p, f.Err()
}

// browse is the project's page for people. Jira states only the address of its
// API, below the same one; the member url is a home page that its lead may have
// written. Behind Atlassian's gateway the site's own address is not to be seen.
func browse(self, key string) *string {
	site, _, found := strings.Cut(self, "/rest/api/")
	if !found || strings.HasPrefix(site, "https://api.atlassian.com/") {
		return nil
	}
	return new(site + "/browse/" + url.PathEscape(key))
}
