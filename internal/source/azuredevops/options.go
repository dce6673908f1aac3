package azuredevops

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"holdfast/internal/source"
)

const (
	// defaultTimeout leaves an answer that was slowed down by half a minute as
	// long again.
	defaultTimeout = time.Minute

	defaultVersion = "7.1"
	defaultPerPage = 100
	minPerPage     = 20
	maxPerPage     = 1000
)

// What can be listed.
const (
	listRepositories = "repositories"
	listProjects     = "projects"
)

// options are the options of a source of kind "azure-devops".
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is a personal access token with the scopes Code (Read) and Project
	// and Team (Read). Without one, public projects are listed.
	Token source.Secret `yaml:"token"`
	// TokenType is pat (the default) or bearer, for a token of Microsoft Entra.
	TokenType string `yaml:"token_type"`

	// List is repositories (the default) or projects.
	List string `yaml:"list"`
	// PerPage is how many projects one request asks for.
	PerPage int `yaml:"per_page"`
	// APIVersion is the newest that the server knows.
	APIVersion string `yaml:"api_version"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	o.URL = strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/_apis")
	o.fillIn()
	switch {
	case o.List != listRepositories && o.List != listProjects:
		return errors.New("list must be repositories or projects")
	case o.TokenType != "pat" && o.TokenType != "bearer":
		return errors.New("token_type must be pat or bearer")
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	case !regexp.MustCompile(`^[0-9]+\.[0-9]+$`).MatchString(o.APIVersion):
		return errors.New(`api_version must be a version like "7.1"`)
	}
	return o.validateURL()
}

func (o *options) fillIn() {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.List == "" {
		o.List = listRepositories
	}
	if o.TokenType == "" {
		o.TokenType = "pat"
	}
	if o.PerPage == 0 {
		o.PerPage = defaultPerPage
	}
	if o.APIVersion == "" {
		o.APIVersion = defaultVersion
	}
}

// validateURL refuses addresses above and below that of an organization, which
// the service answers with pages for people. Others are left to the client.
func (o *options) validateURL() error {
	address, err := url.Parse(o.URL)
	if err != nil || !strings.EqualFold(address.Hostname(), "dev.azure.com") {
		return nil //nolint:nilerr // the client says what is wrong with an address, without quoting it
	}
	switch path := strings.Trim(address.Path, "/"); {
	case path == "":
		return errors.New("url lacks the organization: write https://dev.azure.com/<organization>")
	case strings.Contains(path, "/"):
		return errors.New("url leads into the organization: write only https://dev.azure.com/<organization>")
	}
	return nil
}

// auth sends a personal access token as the password of nobody, as Azure wants
// it.
func (o *options) auth() source.Auth {
	switch {
	case o.Token.IsZero():
		return source.Auth{}
	case o.TokenType == "bearer":
		return source.BearerAuth(o.Token)
	}
	return source.BasicAuth("", o.Token)
}

// query has what every request asks.
func (o *options) query() url.Values { return url.Values{"api-version": {o.APIVersion}} }
