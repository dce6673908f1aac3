// Package kinds lists every kind of source that Holdfast knows. It is the one
// place that imports them all, and only the binaries import it: whoever adds a
// kind adds its line here.
package kinds

import (
	"holdfast/internal/source"
	"holdfast/internal/source/azuredevops"
	"holdfast/internal/source/bitbucket"
	"holdfast/internal/source/bitbucketdc"
	"holdfast/internal/source/file"
	"holdfast/internal/source/gitea"
	"holdfast/internal/source/github"
	"holdfast/internal/source/gitlab"
	httpapi "holdfast/internal/source/http"
	"holdfast/internal/source/jira"
	"holdfast/internal/source/openproject"
	"holdfast/internal/source/redmine"
)

// All returns the drivers, in the order of their names.
func All() []source.Driver {
	return []source.Driver{
		azuredevops.Driver(),
		bitbucket.Driver(),
		bitbucketdc.Driver(),
		file.Driver(),
		gitea.Driver(),
		github.Driver(),
		gitlab.Driver(),
		httpapi.Driver(),
		jira.CloudDriver(),
		jira.DataCenterDriver(),
		openproject.Driver(),
		redmine.Driver(),
	}
}
