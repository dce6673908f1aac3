package bitbucketdc

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
	// maxPerPage is Bitbucket's own limit, unless its operator has set another;
	// it cuts larger numbers.
	maxPerPage = 1000
	// minPerPage leaves a page room for the overlap and as much again.
	minPerPage     = 2 * overlap
	defaultPerPage = 500
)

// options are the keys of a source of kind bitbucket-dc.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is an HTTP access token with the permission Repository read.
	// Without one, public repositories are listed.
	Token source.Secret `yaml:"token"`
	// Username and Password are basic authentication in place of a token.
	Username string        `yaml:"username"`
	Password source.Secret `yaml:"password"`

	// Projects are the keys of what is listed; all projects if empty.
	Projects []string `yaml:"projects"`

	// Archived lists only archived repositories if true, and none if false.
	Archived *bool `yaml:"archived"`
	PerPage  int   `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	o.URL = trimmed(o.URL)
	o.PerPage = cmp.Or(o.PerPage, defaultPerPage)
	switch {
	case !o.Token.IsZero() && (o.Username != "" || !o.Password.IsZero()):
		return errors.New("token and password exclude each other: a token goes without username and password")
	case (o.Username == "") != o.Password.IsZero():
		return errors.New("username and password go together: write both, or a token in place of them")
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	for i, key := range o.Projects {
		switch {
		case key == "" || strings.ContainsAny(key, "/?#% "):
			return fmt.Errorf("%q is not the key of a project: write only the key, as in /projects/KEY, or ~name for a person's", key)
		case slices.ContainsFunc(o.Projects[:i], func(other string) bool { return strings.EqualFold(other, key) }):
			return fmt.Errorf("the project %s is named twice", key)
		}
	}
	return nil
}

// trimmed takes off an address what people copy with it: the path of the API,
// or of the page that a browser ends up on.
func trimmed(address string) string {
	address = strings.TrimRight(address, "/")
	for _, suffix := range []string{"/rest/api/1.0", "/rest/api/latest", "/rest", "/dashboard"} {
		if short, found := strings.CutSuffix(address, suffix); found {
			return short
		}
	}
	return address
}

func (o *options) auth() source.Auth {
	switch {
	case !o.Token.IsZero():
		return source.BearerAuth(o.Token)
	case o.Username != "":
		return source.BasicAuth(o.Username, o.Password)
	}
	return source.Auth{}
}

// anonymous reports whether no credentials are configured.
func (o *options) anonymous() bool { return o.Token.IsZero() && o.Username == "" }

// query has what every request of the listing asks, pages aside. Whether
// archived repositories are listed by default depends on the version.
func (o *options) query() url.Values {
	archived := "ALL"
	switch {
	case o.Archived == nil:
	case *o.Archived:
		archived = "ARCHIVED"
	default:
		archived = "ACTIVE"
	}
	return url.Values{"archived": {archived}}
}
