package redmine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"holdfast/internal/source"
)

// maxPerPage is Redmine's own limit; it cuts larger numbers in silence.
const maxPerPage = 100

// options are the keys of a source of kind redmine.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	// APIKey is the API access key of an account. Without one, public projects
	// are listed.
	APIKey source.Secret `yaml:"api_key"`
	// Status lists only projects that are active, closed or archived.
	Status []string `yaml:"status"`
	// PerPage is how many projects are asked for at a time.
	PerPage int `yaml:"per_page"`
}

// statuses are the words for Redmine's numbers.
func statuses() map[string]string {
	return map[string]string{"active": statusActive, "closed": statusClosed, "archived": statusArchived}
}

// validate fills in defaults and refuses what cannot work.
func (o *options) validate() error {
	o.URL = strings.TrimRight(o.URL, "/")
	if o.PerPage == 0 {
		o.PerPage = maxPerPage
	}
	if o.PerPage < minPerPage || o.PerPage > maxPerPage {
		return fmt.Errorf("per_page must be between %d and %d", minPerPage, maxPerPage)
	}
	if strings.HasSuffix(o.URL, ".json") {
		return errors.New("url is the address of a page: write that of Redmine itself, e.g. https://redmine.example.com")
	}
	for _, word := range o.Status {
		if statuses()[word] == "" {
			return errors.New("status must list some of active, closed and archived")
		}
	}
	return nil
}

// auth is a header; Redmine also takes the key in the query, where it would end
// up in its logs and in ours.
func (o *options) auth() source.Auth {
	if o.APIKey.IsZero() {
		return source.Auth{}
	}
	return source.HeaderAuth("X-Redmine-API-Key", o.APIKey)
}

// filter is the value of the query's status: "1|5|9" asks for all.
func (o *options) filter() string {
	if len(o.Status) == 0 {
		return strings.Join([]string{statusActive, statusClosed, statusArchived}, "|")
	}
	numbers := make([]string, len(o.Status))
	for i, word := range o.Status {
		numbers[i] = statuses()[word]
	}
	slices.Sort(numbers)
	return strings.Join(slices.Compact(numbers), "|")
}

// query has what every request of the listing asks, offsets aside.
func (o *options) query() url.Values {
	return url.Values{
		"sort":   {"created_on:asc,identifier:asc"},
		"status": {o.filter()},
	}
}
