package jira

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"holdfast/internal/source"
)

const (
	// maxPerPage is what Cloud cuts larger pages to, in silence.
	maxPerPage     = 100
	defaultPerPage = 50
)

// cloudOptions are the options of a source of kind "jira".
type cloudOptions struct {
	source.HTTPOptions `yaml:",inline"`

	// Email is the account's, and Token an API token that it made. Without
	// them, what anyone may see is listed.
	Email string        `yaml:"email"`
	Token source.Secret `yaml:"token"`

	// Archived lists archived projects too.
	Archived bool `yaml:"archived"`
	PerPage  int  `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *cloudOptions) validate() error {
	o.URL = instance(o.URL)
	if o.PerPage == 0 {
		o.PerPage = defaultPerPage
	}
	switch {
	case o.Email != "" && o.Token.IsZero():
		return errors.New("token is missing: write an API token of the account in email, or leave both out to list what anyone may see")
	case o.Email == "" && !o.Token.IsZero():
		return errors.New("email is missing: write the address of the account that the token belongs to; " +
			"a token of Jira Data Center takes kind: jira-dc")
	case strings.Contains(o.Email, ":"):
		return errors.New("email is no address: write only the account's, like ann@example.com")
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	return nil
}

func (o *cloudOptions) auth() source.Auth {
	if o.Token.IsZero() {
		return source.Auth{}
	}
	return source.BasicAuth(o.Email, o.Token)
}

// query has what every request of the listing asks, pages aside.
func (o *cloudOptions) query() url.Values {
	q := url.Values{"orderBy": {"key"}, "expand": {"description,lead,url,insight"}}
	if o.Archived {
		q["status"] = []string{"live", "archived"}
	}
	return q
}

// dataCenterOptions are the options of a source of kind "jira-dc".
type dataCenterOptions struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is a personal access token. Username and Password are for Jira
	// before 8.14, which has none. With neither, what anyone may see is listed.
	Token    source.Secret `yaml:"token"`
	Username string        `yaml:"username"`
	Password source.Secret `yaml:"password"`

	// Archived lists archived projects too.
	Archived bool `yaml:"archived"`
}

// validate refuses what cannot work.
func (o *dataCenterOptions) validate() error {
	o.URL = instance(o.URL)
	address, err := url.Parse(o.URL)
	switch {
	case err == nil && strings.HasSuffix(strings.ToLower(address.Hostname()), ".atlassian.net"):
		return errors.New("url is that of a Jira Cloud site: write kind: jira, and the account's email with its token")
	case !o.Token.IsZero() && (o.Username != "" || !o.Password.IsZero()):
		return errors.New("token and username with password exclude each other: leave one of them out")
	case o.Username != "" && o.Password.IsZero():
		return errors.New("password is missing: write it beside username, or write a personal access token as token instead of both")
	case o.Username == "" && !o.Password.IsZero():
		return errors.New("username is missing: write it beside password")
	case strings.Contains(o.Username, ":"):
		return errors.New("username has a colon in it, which cannot be sent: use a personal access token as token instead")
	}
	return nil
}

func (o *dataCenterOptions) auth() source.Auth {
	switch {
	case !o.Token.IsZero():
		return source.BearerAuth(o.Token)
	case o.Username != "":
		return source.BasicAuth(o.Username, o.Password)
	}
	return source.Auth{}
}

func (o *dataCenterOptions) anonymous() bool { return o.Token.IsZero() && o.Username == "" }

func (o *dataCenterOptions) query() url.Values {
	q := url.Values{"expand": {"description,lead,url"}}
	if o.Archived {
		q.Set("includeArchived", "true")
	}
	return q
}

// instance is the address without the path of the API: people copy that as
// often as the instance's own.
func instance(address string) string {
	address = strings.TrimRight(address, "/")
	for _, version := range []string{"/rest/api/2", "/rest/api/3", "/rest/api/latest"} {
		address = strings.TrimSuffix(address, version)
	}
	return address
}
