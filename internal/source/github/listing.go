package github

import (
	"maps"
	"net/url"
	"strings"
)

// The listings that are one for each site.
const (
	ownPath          = "/user/repos"
	installationPath = "/installation/repositories"
	publicPath       = "/repositories"
)

// listing is one of GitHub's lists of repositories.
type listing struct {
	// name tells a person what is listed.
	name string
	path string
	// items is where the list stands in an answer; empty if it is the answer.
	items string
	// query has what every request asks, pages aside.
	query url.Values
}

// listings says what the options ask for.
func (o *options) listings() []listing {
	switch {
	case o.Public:
		return []listing{{name: "public repositories", path: publicPath}}
	case o.User != "":
		return []listing{{name: "user " + o.User, path: "/users/" + url.PathEscape(o.User) + "/repos", query: byCreation()}}
	case len(o.Orgs) > 0:
		return o.organizations()
	case o.app():
		// It takes no order; see the comment of the package.
		return []listing{{name: "installation " + o.InstallationID, path: installationPath, items: "repositories"}}
	}
	query := byCreation()
	if o.Visibility != "" {
		query.Set("visibility", o.Visibility)
	}
	if len(o.Affiliation) > 0 {
		query.Set("affiliation", strings.Join(o.Affiliation, ","))
	}
	return []listing{{name: "the account's repositories", path: ownPath, query: query}}
}

func (o *options) organizations() []listing {
	list := make([]listing, 0, len(o.Orgs))
	for _, org := range o.Orgs {
		query := byCreation()
		if o.Visibility != "" {
			query.Set("type", o.Visibility)
		}
		list = append(list, listing{name: "organization " + org, path: "/orgs/" + url.PathEscape(org) + "/repos", query: query})
	}
	return list
}

// byCreation is the one order that GitHub offers and nothing changes.
func byCreation() url.Values { return url.Values{"sort": {"created"}, "direction": {"asc"}} }

// ask returns the query for one page.
func (l listing) ask(since string) url.Values {
	query := url.Values{}
	maps.Copy(query, l.query)
	if since != "" {
		query.Set("since", since)
	}
	return query
}
