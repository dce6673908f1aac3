package gitlab

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

const (
	// maxPerPage is GitLab's own limit; it cuts larger numbers in silence.
	maxPerPage = 100
	// minWindow is the smallest page with which [source.Window] can always overlap
	// and still advance, up to the offset at which GitLab stops.
	minWindow         = 20
	defaultPartitions = 4
	maxPartitions     = 64
)

// options are the keys of a source of kind gitlab.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token needs the scope read_api. Without one, public projects are listed.
	Token source.Secret `yaml:"token"`
	// TokenType is private_token (the default; personal, group and project
	// access tokens) or bearer (OAuth tokens).
	TokenType string `yaml:"token_type"`

	// Group or User narrow the listing to one of them: a path or a number.
	// With neither, the whole instance is listed.
	Group string `yaml:"group"`
	User  string `yaml:"user"`

	// Partitions is how many id ranges are listed at a time.
	Partitions int `yaml:"partitions"`
	PerPage    int `yaml:"per_page"`

	// Membership and Owned list only what the token's user is a member or the
	// owner of.
	Membership bool `yaml:"membership"`
	Owned      bool `yaml:"owned"`
	// Visibility is private, internal or public.
	Visibility string `yaml:"visibility"`
	// Archived lists only archived projects if true, and none if false.
	Archived *bool `yaml:"archived"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	// People copy the address of the API as often as that of the instance.
	o.URL = strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/api/v4")
	o.Group, o.User = strings.Trim(o.Group, "/"), strings.Trim(o.User, "/")
	switch {
	case o.Group != "" && o.User != "":
		return errors.New("group and user exclude each other: make two sources of them")
	case o.Group != "" && o.Membership:
		return errors.New("membership does not work with group: leave one of them out")
	}
	if err := o.validateNumbers(); err != nil {
		return err
	}
	return o.validateWords()
}

func (o *options) validateNumbers() error {
	if o.PerPage == 0 {
		o.PerPage = maxPerPage
	}
	if o.Partitions == 0 {
		o.Partitions = defaultPartitions
	}
	switch {
	case o.Partitions < 0 || o.Partitions > maxPartitions:
		return fmt.Errorf("partitions must be between 1 and %d", maxPartitions)
	case o.PerPage < 1 || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between 1 and %d", maxPerPage)
	case o.offset() && o.PerPage < minWindow:
		return fmt.Errorf("per_page must be at least %d beside group or user", minWindow)
	}
	return nil
}

func (o *options) validateWords() error {
	switch o.Visibility {
	case "", "private", "internal", "public":
	default:
		return errors.New("visibility must be private, internal or public")
	}
	switch o.TokenType {
	case "", "private_token", "bearer":
	default:
		return errors.New("token_type must be private_token or bearer")
	}
	return nil
}

// offset reports whether the listing is one that has no keyset paging.
func (o *options) offset() bool { return o.Group != "" || o.User != "" }

// auth is a header; GitLab also takes tokens in the query, where they would
// end up in its logs and in ours.
func (o *options) auth() source.Auth {
	switch {
	case o.Token.IsZero():
		return source.Auth{}
	case o.TokenType == "bearer":
		return source.BearerAuth(o.Token)
	}
	return source.HeaderAuth("PRIVATE-TOKEN", o.Token)
}

// path is that of the listing, escaped: a group's path has slashes in it.
func (o *options) path() string {
	switch {
	case o.Group != "":
		return "/api/v4/groups/" + url.PathEscape(o.Group) + "/projects"
	case o.User != "":
		return "/api/v4/users/" + url.PathEscape(o.User) + "/projects"
	}
	return "/api/v4/projects"
}

// query has what every request of the listing asks, pages aside.
func (o *options) query(sort string, perPage int) url.Values {
	q := url.Values{"order_by": {"id"}, "sort": {sort}, "per_page": {strconv.Itoa(perPage)}}
	if o.Group != "" {
		q.Set("include_subgroups", "true")
		// A project shared with the group belongs to another one.
		q.Set("with_shared", "false")
	}
	if o.Membership {
		q.Set("membership", "true")
	}
	if o.Owned {
		q.Set("owned", "true")
	}
	if o.Visibility != "" {
		q.Set("visibility", o.Visibility)
	}
	if o.Archived != nil {
		q.Set("archived", strconv.FormatBool(*o.Archived))
	}
	return q
}
