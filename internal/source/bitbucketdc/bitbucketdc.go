package bitbucketdc

import (
	"context"
	"iter"

	"holdfast/internal/source"
)

// Driver returns the kind "bitbucket-dc", which is Bitbucket Data Center and
// Server.
func Driver() source.Driver { return source.Driver{Kind: "bitbucket-dc", New: newSource} }

// bitbucket is one configured listing. Its state never changes after newSource.
type bitbucket struct {
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
	return &bitbucket{client: client, options: o}, nil
}

// List yields the pages of one partition.
func (b *bitbucket) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) { return b.open(partition, from) })
}

// open reads where a partition's listing stands.
func (b *bitbucket) open(partition source.Partition, from source.Cursor) (source.Next, error) {
	part, err := b.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	at, err := source.ParsePlace(from, tailLength)
	return (&lister{bitbucket: b, path: part.Path, Place: at}).next, err
}

// Version names the mapping in normalize.go.
func (b *bitbucket) Version() string { return "bitbucket-dc/1" }
