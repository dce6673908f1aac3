package gitea

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"holdfast/internal/source"
)

const (
	// maxPerPage is what an operator is likely to allow at most; the server
	// cuts larger numbers to its own limit in silence.
	maxPerPage = 500
	// minPerPage is the smallest page with which [source.Window] can always overlap
	// and still advance, up to a million repositories.
	minPerPage = 20
	// defaultPerPage is Gitea's and Forgejo's own limit, unless it was raised.
	defaultPerPage    = 50
	defaultPartitions = 4
	maxPartitions     = 64
)

// The values of visibility, which are words of the API too.
const (
	public   = "public"
	internal = "internal"
	private  = "private"
)

// options are the keys of a source of kind gitea.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token needs the scope read:repository, read:organization beside org, and
	// read:user beside user. Without one, public repositories are listed.
	Token source.Secret `yaml:"token"`

	// Org or User narrow the listing to what one of them owns. With neither,
	// the whole instance is listed.
	Org  string `yaml:"org"`
	User string `yaml:"user"`

	// Visibility is public or private.
	Visibility string `yaml:"visibility"`
	// Archived lists only archived repositories if true, and none if false.
	Archived *bool `yaml:"archived"`

	// Partitions is how many ranges of the listing are read at a time.
	Partitions int `yaml:"partitions"`
	PerPage    int `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	// People copy the address of the API as often as that of the instance.
	o.URL = strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/api/v1")
	o.PerPage = cmp.Or(o.PerPage, defaultPerPage)
	o.Partitions = cmp.Or(o.Partitions, defaultPartitions)
	switch {
	case o.Org != "" && o.User != "":
		return errors.New("org and user exclude each other: make two sources of them")
	case strings.ContainsAny(o.Org+o.User, "/?#% "):
		return errors.New("org and user are names: write only the name, as in the address https://forge.example.com/name")
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return fmt.Errorf("partitions must be between 1 and %d", maxPartitions)
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	return o.validateVisibility()
}

func (o *options) validateVisibility() error {
	switch {
	case o.Visibility != "" && o.Visibility != public && o.Visibility != private:
		return errors.New("visibility must be public or private")
	case o.Visibility == private && o.Token.IsZero():
		return errors.New("private repositories are listed only with a token: add one, or leave visibility out")
	}
	return nil
}

// auth is a header; Gitea also takes tokens in the query, where they would end
// up in its logs.
func (o *options) auth() source.Auth {
	if o.Token.IsZero() {
		return source.Auth{}
	}
	return source.BearerAuth(o.Token)
}

// query has what every request of the listing asks, pages aside. The owner is
// a number, or 0 for all.
func (o *options) query(owner int64) url.Values {
	q := url.Values{"sort": {"id"}, "order": {"asc"}}
	if owner != 0 {
		q.Set("uid", strconv.FormatInt(owner, 10))
		// Without this, what the owner may write to elsewhere is listed too.
		q.Set("exclusive", "true")
	}
	if o.Visibility != "" {
		q.Set("is_private", strconv.FormatBool(o.Visibility == private))
	}
	if o.Archived != nil {
		q.Set("archived", strconv.FormatBool(*o.Archived))
	}
	return q
}

// name tells a person what is listed.
func (o *options) name() string {
	switch {
	case o.Org != "":
		return "organization " + o.Org
	case o.User != "":
		return "user " + o.User
	}
	return "instance"
}
