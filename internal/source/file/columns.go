package file

import (
	"github.com/tidwall/gjson"

	"holdfast/internal/project"
)

// column is one of our columns: the names that a file's column usually has for
// it, the best first, and how a value is read into it.
type column struct {
	name      string
	automatic []string
	read      func(*project.Project, gjson.Result) error
}

// columns lists the columns that a file can fill. Names are compared in lower
// case with "_" for blanks and dashes; a dot steps into a JSON object.
func columns() []column {
	return []column{
		{"name", []string{"name", "title", "project_name", "repository_name"}, func(p *project.Project, v gjson.Result) error {
			return required(&p.Name, v)
		}},
		{
			"full_path", []string{"full_path", "path_with_namespace", "full_name", "path", "key"},
			func(p *project.Project, v gjson.Result) error { return required(&p.FullPath, v) },
		},
		{"description", []string{"description", "summary"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Description, v, text)
		}},
		{
			"web_url", []string{"web_url", "html_url", "repository_url", "project_url", "url", "link"},
			func(p *project.Project, v gjson.Result) error { return into(&p.WebURL, v, text) },
		},
		{"visibility", []string{"visibility"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Visibility, v, text)
		}},
		{"archived", []string{"archived", "is_archived"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Archived, v, boolean)
		}},
		{"default_branch", []string{"default_branch", "main_branch"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.DefaultBranch, v, text)
		}},
		{
			"owner", []string{
				"owner", "owner.login", "owner.username", "owner.name", "namespace.full_path", "organization_name",
				"organization", "owner_name", "lead",
			},
			func(p *project.Project, v gjson.Result) error { return into(&p.Owner, v, text) },
		},
		{"topics", []string{"topics", "tags", "tag_list", "keywords", "labels"}, func(p *project.Project, v gjson.Result) error {
			return list(&p.Topics, v)
		}},
		{"language", []string{"language", "programming_language"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Language, v, text)
		}},
		{
			"license", []string{"license", "licence", "license.spdx_id", "license.name", "license_name"},
			func(p *project.Project, v gjson.Result) error { return into(&p.License, v, text) },
		},
		{"stars", []string{"stars", "star_count", "stars_count", "stargazers_count"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Stars, v, integer)
		}},
		{"forks", []string{"forks", "forks_count", "fork_count"}, func(p *project.Project, v gjson.Result) error {
			return into(&p.Forks, v, integer)
		}},
		{
			"created_at", []string{"created_at", "created", "created_on", "creation_date", "date_created"},
			func(p *project.Project, v gjson.Result) error { return into(&p.CreatedAt, v, moment) },
		},
		{
			"updated_at", []string{"updated_at", "updated", "updated_on", "last_update", "modified", "date_modified"},
			func(p *project.Project, v gjson.Result) error { return into(&p.UpdatedAt, v, moment) },
		},
		{
			"last_activity_at", []string{"last_activity_at", "last_activity", "pushed_at", "last_modification"},
			func(p *project.Project, v gjson.Result) error { return into(&p.LastActivityAt, v, moment) },
		},
	}
}

// columnNames lists our names.
func columnNames() []string {
	all := columns()
	names := make([]string, 0, len(all))
	for _, column := range all {
		names = append(names, column.name)
	}
	return names
}
