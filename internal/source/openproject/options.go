package openproject

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"holdfast/internal/source"
)

const (
	defaultPerPage = 100
	// maxPerPage is what OpenProject allows if its operator did not change it.
	maxPerPage = 1000
	// minPerPage is the smallest page with which [source.Window] can always overlap
	// and still advance.
	minPerPage        = 20
	defaultPartitions = 4
	maxPartitions     = 64
)

// options are the keys of a source of kind openproject.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// Token is an API token. Without one, public projects are listed.
	Token source.Secret `yaml:"token"`
	// TokenType is api_key (the default) or bearer (OAuth tokens).
	TokenType string `yaml:"token_type"`
	// Archived lists only archived projects if true, and none if false.
	Archived *bool `yaml:"archived"`
	// Partitions is how many ranges of the listing are read at a time.
	Partitions int `yaml:"partitions"`
	// PerPage is how many projects are asked for at a time.
	PerPage int `yaml:"per_page"`
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	// People copy the address of the API as often as that of the instance.
	o.URL = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(o.URL, "/"), "/api/v3"), "/")
	o.PerPage = cmp.Or(o.PerPage, defaultPerPage)
	o.Partitions = cmp.Or(o.Partitions, defaultPartitions)
	switch {
	case o.PerPage < minPerPage || o.PerPage > maxPerPage:
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	case o.Partitions < 1 || o.Partitions > maxPartitions:
		return fmt.Errorf("partitions must be between 1 and %d", maxPartitions)
	}
	switch o.TokenType {
	case "", "api_key", "bearer":
		return nil
	}
	return errors.New("token_type must be api_key or bearer")
}

// auth is the header by which OpenProject knows a token.
func (o *options) auth() source.Auth {
	switch {
	case o.Token.IsZero():
		return source.Auth{}
	case o.TokenType == "bearer":
		return source.BearerAuth(o.Token)
	}
	return source.BasicAuth("apikey", o.Token)
}

// filters is the value of the query's parameter, or "" for all projects.
func (o *options) filters() string {
	switch {
	case o.Archived == nil:
		return ""
	case *o.Archived:
		return `[{"active":{"operator":"=","values":["f"]}}]`
	}
	return `[{"active":{"operator":"=","values":["t"]}}]`
}

// query has what every request of the listing asks, pages aside.
func (o *options) query() url.Values {
	q := url.Values{"sortBy": {`[["id","asc"]]`}}
	if filters := o.filters(); filters != "" {
		q.Set("filters", filters)
	}
	return q
}
