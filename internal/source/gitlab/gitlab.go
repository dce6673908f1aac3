package gitlab

import (
	"context"
	"iter"
	"net/url"

	"holdfast/internal/source"
)

// Driver returns the kind "gitlab".
func Driver() source.Driver { return source.Driver{Kind: "gitlab", New: newSource} }

// gitlab is one configured listing. Its state never changes after newSource.
type gitlab struct {
	client  *source.Client
	options options
}

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
		Dir:         settings.Dir,
		Log:         settings.Log,
	})
	if err != nil {
		return nil, err
	}
	return &gitlab{client: client, options: o}, nil
}

// ask sends one request of the listing.
func (g *gitlab) ask(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	return g.client.Do(ctx, source.Request{Ref: path, Query: query, Explain: g.explain})
}

// List yields the pages of one partition.
func (g *gitlab) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) { return g.open(partition, from) })
}

// open reads where a partition's listing stands.
func (g *gitlab) open(partition source.Partition, from source.Cursor) (source.Next, error) {
	part, err := g.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	if g.options.offset() {
		position, last, err := part.parseOffset(from)
		return (&offset{gitlab: g, part: part, position: position, last: last, most: g.options.PerPage}).next, err
	}
	after, err := part.parseKeyset(from)
	return (&keyset{gitlab: g, part: part, after: after}).next, err
}

// Version names the mapping in normalize.go.
func (g *gitlab) Version() string { return "gitlab/1" }
