package bitbucket

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/source"
)

const (
	defaultURL = "https://api.bitbucket.org"
	// maxPerPage is Bitbucket's own limit; it refuses larger numbers.
	maxPerPage = 100
	minPerPage = 10
)

// options are the keys of a source of kind bitbucket.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is an API token of an Atlassian account, beside Email, or else an
	// access token of a workspace, or one of OAuth. It needs the scopes
	// read:repository:bitbucket, and read:workspace:bitbucket to find
	// workspaces.
	Token source.Secret `yaml:"token"`
	// Email is the Atlassian account's address, for API tokens.
	Email string `yaml:"email"`

	// Workspace or Workspaces are the names of what is listed. With neither,
	// the account's workspaces are found by themselves.
	Workspace  string   `yaml:"workspace"`
	Workspaces []string `yaml:"workspaces"`

	PerPage int `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	o.URL = apiURL(o.URL)
	o.PerPage = cmp.Or(o.PerPage, maxPerPage)
	if o.Workspace != "" {
		o.Workspaces = append([]string{o.Workspace}, o.Workspaces...)
	}
	switch {
	case o.Token.IsZero():
		return errors.New("token is missing: make an API token at https://id.atlassian.com (Security, API tokens with scopes), " +
			"and write it here beside the account's email")
	case o.Email != "" && !strings.Contains(o.Email, "@"):
		return errors.New("email must be the address of the Atlassian account; leave it out for an access token")
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	return o.validateWorkspaces()
}

func (o *options) validateWorkspaces() error {
	for i, name := range o.Workspaces {
		switch {
		case name == "":
			return errors.New("workspaces has an empty name")
		case !isWorkspace(name):
			return fmt.Errorf("%q is not the id of a workspace: write only the id, as in the address https://bitbucket.org/id", name)
		case slices.Contains(o.Workspaces[:i], name):
			return fmt.Errorf("the workspace %s is named twice", name)
		}
	}
	return nil
}

// isWorkspace reports whether a name can be a workspace's: one segment of a path
// that leads to no other place than the workspace.
func isWorkspace(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/?#% ")
}

// auth is basic with an account's API token, and bearer with all others.
func (o *options) auth() source.Auth {
	if o.Email != "" {
		return source.BasicAuth(o.Email, o.Token)
	}
	return source.BearerAuth(o.Token)
}

// apiURL turns the address of the site, as people copy it from their browser,
// into that of its API.
func apiURL(address string) string {
	address = strings.TrimSuffix(strings.TrimRight(address, "/"), "/2.0")
	u, err := url.Parse(address)
	switch {
	case address == "":
		return defaultURL
	case err == nil && (u.Path == "" && (u.Host == "bitbucket.org" || u.Host == "www.bitbucket.org")):
		return defaultURL
	}
	return address
}
