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
	return func(yield func(source.Page, error) bool) {
		pages, err := g.lister(partition, from)
		for err == nil {
			var page source.Page
			page, err = pages.next(ctx)
			if err == nil && (!yield(page, nil) || page.Last) {
				return
			}
		}
		yield(source.Page{}, err)
	}
}

// lister reads where a partition's listing stands.
func (g *gitea) lister(partition source.Partition, from source.Cursor) (*lister, error) {
	part, err := g.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	at, err := part.parse(from)
	return &lister{gitea: g, part: part, place: at}, err
}

// Version names the mapping in normalize.go.
func (g *gitea) Version() string { return "gitea/1" }
