package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// spec describes a partition: one listing.
type spec struct {
	Path string `json:"path"`
	// Since limits the listing to what changed after a time, as GitHub reads it.
	Since string `json:"since,omitempty"`
}

// Plan makes a partition of each listing and asks for the total.
func (g *github) Plan(ctx context.Context) (source.Plan, error) { return g.plan(ctx, "") }

func (g *github) plan(ctx context.Context, since string) (source.Plan, error) {
	total, err := g.total(ctx, since)
	if err != nil {
		return source.Plan{}, err
	}
	plan := source.Plan{Total: total}
	for _, l := range g.listings {
		stored, err := json.Marshal(spec{Path: l.path, Since: since})
		if err != nil {
			return source.Plan{}, fmt.Errorf("write the plan for %s: %w", l.name, err)
		}
		plan.Partitions = append(plan.Partitions, source.Partition{Name: l.name, Spec: stored})
	}
	return plan, nil
}

// parseSpec refuses a plan that was made before the source was changed.
func (g *github) parseSpec(stored []byte) (spec, listing, error) {
	var s spec
	err := json.Unmarshal(stored, &s)
	i := slices.IndexFunc(g.listings, func(l listing) bool { return l.path == s.Path })
	if err != nil || i < 0 || !s.dated() {
		return spec{}, listing{}, source.PlanOutdated()
	}
	return s, g.listings[i], nil
}

// dated reports whether the listing can be limited as the spec says.
func (s spec) dated() bool {
	_, err := time.Parse(time.RFC3339, s.Since)
	return s.Since == "" || err == nil && s.Path == ownPath
}

// total asks each listing for its number of repositories, which also proves
// that it can be read; nil if one of them does not say.
func (g *github) total(ctx context.Context, since string) (*int64, error) {
	sum, known := int64(0), true
	for _, l := range g.listings {
		total, err := g.probe(ctx, l, since)
		if err != nil {
			return nil, err
		}
		if total == nil {
			known = false
			continue
		}
		sum += *total
	}
	if !known {
		return nil, nil //nolint:nilnil // nil is what a plan without a total has
	}
	return &sum, nil
}

// probe asks for a page of one repository: then the last page's number is the
// number of all.
func (g *github) probe(ctx context.Context, l listing, since string) (*int64, error) {
	query := l.ask(since)
	if l.path != publicPath {
		query.Set("per_page", "1")
	}
	res, err := g.ask(ctx, l.path, query)
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements(l.items)
	if err != nil {
		return nil, err
	}
	switch {
	case l.path == publicPath:
		return nil, nil //nolint:nilnil // the public listing states no total
	case l.items != "":
		return statedTotal(res), nil
	case len(elements) == 0:
		return new(int64(0)), nil
	}
	return lastPage(res)
}

// statedTotal is the total_count that an answer may hold.
func statedTotal(res *source.Response) *int64 {
	count := gjson.GetBytes(res.Body, "total_count")
	total, err := strconv.ParseInt(count.Raw, 10, 64)
	if err != nil || total < 0 {
		return nil
	}
	return &total
}

// lastPage is the number of the last page of one element each, or nil: without
// a Link header there is one repository, or a proxy dropped the header.
func lastPage(res *source.Response) (*int64, error) {
	ref, err := res.Link("last")
	if err != nil || ref == "" {
		return nil, err
	}
	last, err := url.Parse(ref)
	if err != nil {
		return nil, res.Invalid("bad_last_address", "the address of the last page is none")
	}
	query := last.Query()
	page, ok := source.ParseNumber(query.Get("page"))
	if !ok || query.Get("per_page") != "1" {
		return nil, nil //nolint:nilnil // no total is stated
	}
	return &page, nil
}
