package gitea

import (
	"context"
	"iter"

	"holdfast/internal/source"
)

// Driver returns the kind "gitea", which is Forgejo too.
func Driver() source.Driver { return source.Driver{Kind: "gitea", New: newSource} }

// gitea is one configured listing. Its state never changes after newSource.
type gitea struct {
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
	return &gitea{client: client, options: o}, nil
}

// List yields the pages of one partition.
func (g *gitea) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) { return g.open(partition, from) })
}

// open reads where a partition's listing stands.
func (g *gitea) open(partition source.Partition, from source.Cursor) (source.Next, error) {
	part, err := g.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	at, err := part.parse(from)
	return (&lister{gitea: g, part: part, place: at}).next, err
}

// Version names the mapping in normalize.go.
func (g *gitea) Version() string { return "gitea/1" }
