package github

import (
	"context"
	"iter"
	"time"

	"holdfast/internal/source"
)

// Driver returns the kind "github".
func Driver() source.Driver { return source.Driver{Kind: "github", New: newSource} }

// github is one configured source. Only its credentials and the count of
// secondary rate limits change after newSource.
type github struct {
	options  options
	listings []listing
	access   access
	limits   limits
}

// own is a source that lists what the token's account can reach: the one
// listing that GitHub can filter by the time of the last change.
type own struct{ *github }

func newSource(settings source.Settings) (source.Source, error) {
	var o options
	if err := settings.Decode(&o); err != nil {
		return nil, err
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	client, err := source.NewClient(source.ClientConfig{
		HTTPOptions: o.HTTPOptions,
		Auth:        o.auth(),
		Header:      headers(),
		Dir:         settings.Dir,
		Log:         settings.Log,
	})
	if err != nil {
		return nil, err
	}
	access, err := newAccess(o, client)
	if err != nil {
		return nil, err
	}
	g := &github{options: o, listings: o.listings(), access: access}
	if g.listings[0].path == ownPath {
		return own{g}, nil
	}
	return g, nil
}

// List yields the pages of one partition.
func (g *github) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return g.ListKnown(ctx, partition, from, source.NothingKnown)
}

// ListKnown yields the pages of one partition, and asks GitHub whether those that
// are known are still the same.
func (g *github) ListKnown(
	ctx context.Context, partition source.Partition, from source.Cursor, recall source.Recall,
) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) { return g.open(partition, from, recall) })
}

// open reads where a partition's listing stands.
func (g *github) open(partition source.Partition, from source.Cursor, recall source.Recall) (source.Next, error) {
	part, listing, err := g.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	if listing.path == publicPath {
		after, err := source.ParseKeyset(from)
		return (&public{github: g, after: after}).next, err
	}
	at, err := parsePlace(from)
	if err != nil {
		return nil, err
	}
	if at.size == 0 || at.size > g.options.PerPage {
		at.size = g.options.PerPage
	}
	return (&numbered{github: g, listing: listing, since: part.Since, place: at, recall: recall}).next, nil
}

// PlanSince plans a listing of what changed since a moment.
func (o own) PlanSince(ctx context.Context, since time.Time) (source.Plan, error) {
	// GitHub compares whole seconds and leaves out the moment itself.
	return o.plan(ctx, since.UTC().Add(-time.Second).Format(time.RFC3339))
}

// Version names the mapping in normalize.go.
func (g *github) Version() string { return "github/1" }
