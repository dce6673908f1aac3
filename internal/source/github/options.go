package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/source"
)

const (
	// maxPerPage is GitHub's own limit; it cuts larger numbers in silence.
	maxPerPage = 100
	// minPerPage is the smallest page with which [source.Window] can always overlap
	// and still advance.
	minPerPage = 20
	defaultURL = "https://api.github.com"
)

// options are the keys of a source of kind github.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is a personal access token, classic or fine-grained.
	Token source.Secret `yaml:"token"`
	// AppID, InstallationID and PrivateKey are a GitHub App in place of a
	// token. The id is the App's number or its client id.
	AppID          string        `yaml:"app_id"`
	InstallationID string        `yaml:"installation_id"`
	PrivateKey     source.Secret `yaml:"private_key"`

	// Org, Orgs, User or Public say what is listed. With none of them it is
	// all that the token's account, or the App's installation, can reach.
	Org    string   `yaml:"org"`
	Orgs   []string `yaml:"orgs"`
	User   string   `yaml:"user"`
	Public bool     `yaml:"public"`

	// Visibility is all, public or private.
	Visibility string `yaml:"visibility"`
	// Affiliation narrows the account's own listing: owner, collaborator,
	// organization_member.
	Affiliation []string `yaml:"affiliation"`
	PerPage     int      `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	o.URL = apiURL(o.URL)
	if o.Org != "" {
		o.Orgs = append([]string{o.Org}, o.Orgs...)
	}
	if o.PerPage == 0 {
		o.PerPage = maxPerPage
	}
	if o.PerPage < minPerPage || o.PerPage > maxPerPage {
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	if err := o.validateCredentials(); err != nil {
		return err
	}
	if err := o.validateScope(); err != nil {
		return err
	}
	return o.validateFilters()
}

// validateCredentials refuses halves of a GitHub App.
func (o *options) validateCredentials() error {
	switch {
	case !o.app() && o.InstallationID == "" && o.PrivateKey.IsZero():
		return nil
	case !o.Token.IsZero():
		return errors.New("token and a GitHub App exclude each other: write either token, or app_id, installation_id and private_key")
	case !o.app() || o.InstallationID == "" || o.PrivateKey.IsZero():
		return errors.New("a GitHub App needs app_id, installation_id and private_key (or private_key_file): " +
			"the first and the last are on the App's settings page, the second is the number at the end of the address of the installation's page")
	}
	if _, ok := source.ParseNumber(o.InstallationID); !ok {
		return errors.New("installation_id must be a number: the one at the end of the address of the installation's settings page")
	}
	return nil
}

// validateScope makes sure that there is one thing to list.
func (o *options) validateScope() error {
	chosen := 0
	for _, is := range []bool{len(o.Orgs) > 0, o.User != "", o.Public} {
		if is {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return errors.New("org (or orgs), user and public exclude each other: make a source of each")
	case chosen == 0 && !o.app() && o.Token.IsZero():
		return errors.New("nothing to list: write org, user or public: true; or a token, to list what its account can reach")
	}
	seen := map[string]bool{}
	for _, name := range append(slices.Clone(o.Orgs), o.User) {
		if strings.ContainsAny(name, "/?#% ") {
			return fmt.Errorf("%q is not the name of an organization or user: write only the name, as in the address https://github.com/name", name)
		}
		if lower := strings.ToLower(name); name != "" && seen[lower] {
			return fmt.Errorf("the organization %s is named twice", name)
		}
		seen[strings.ToLower(name)] = true
	}
	if slices.Contains(o.Orgs, "") {
		return errors.New("orgs has an empty name")
	}
	return nil
}

// validateFilters refuses filters that the listing does not have.
func (o *options) validateFilters() error {
	own := o.own()
	switch o.Visibility {
	case "", "all", "public", "private":
	default:
		return errors.New("visibility must be all, public or private")
	}
	if o.Visibility != "" && !own && len(o.Orgs) == 0 {
		return errors.New("visibility works only with org, or for a token's own repositories: leave it out")
	}
	if len(o.Affiliation) > 0 && !own {
		return errors.New("affiliation works only for a token's own repositories: leave it out")
	}
	for _, word := range o.Affiliation {
		switch word {
		case "owner", "collaborator", "organization_member":
		default:
			return errors.New("affiliation must be a list of owner, collaborator, organization_member")
		}
	}
	return nil
}

// app reports whether the credentials are those of a GitHub App.
func (o *options) app() bool { return o.AppID != "" }

// own reports whether what the token's account can reach is listed.
func (o *options) own() bool { return len(o.Orgs) == 0 && o.User == "" && !o.Public && !o.app() }

// wantsPrivate reports whether private repositories belong to the listing,
// whose absence a token without the right would not show.
func (o *options) wantsPrivate() bool {
	return o.Visibility != "public" && !o.Token.IsZero() && (o.own() || len(o.Orgs) > 0)
}

// auth is that of a token. An App's credentials change, see [app].
func (o *options) auth() source.Auth {
	if o.Token.IsZero() {
		return source.Auth{}
	}
	return source.BearerAuth(o.Token)
}

// headers ask for the version of the API that this package knows.
func headers() http.Header {
	return http.Header{
		"Accept":               {"application/vnd.github+json"},
		"X-Github-Api-Version": {"2022-11-28"},
	}
}

// apiURL turns the address of a site, as people copy it from their browser,
// into that of its API. What cannot be parsed is left to the client to refuse.
func apiURL(address string) string {
	address = strings.TrimRight(address, "/")
	u, err := url.Parse(address)
	switch {
	case address == "":
		return defaultURL
	case err != nil || u.Path != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return address
	}
	host := strings.ToLower(u.Hostname())
	switch host {
	case "github.com", "www.github.com", "api.github.com":
		return defaultURL
	}
	switch {
	case strings.HasSuffix(host, ".ghe.com") && strings.HasPrefix(host, "api."):
		return address
	case strings.HasSuffix(host, ".ghe.com"):
		// GitHub Enterprise Cloud with data residency.
		return u.Scheme + "://api." + u.Host
	}
	return address + "/api/v3"
}
