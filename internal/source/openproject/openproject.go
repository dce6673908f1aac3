package openproject

import (
	"context"
	"iter"
	"net/http"

	"holdfast/internal/source"
)

// Driver returns the kind "openproject".
func Driver() source.Driver { return source.Driver{Kind: "openproject", New: newSource} }

// openproject is one configured listing. Its state never changes after newSource.
type openproject struct {
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
		Header:      http.Header{"Accept": {"application/hal+json"}},
		Dir:         settings.Dir,
		Log:         settings.Log,
	})
	if err != nil {
		return nil, err
	}
	return &openproject{client: client, options: o}, nil
}

// List yields the pages of one partition.
func (o *openproject) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) { return o.open(partition, from) })
}

// open reads where a partition's listing stands.
func (o *openproject) open(partition source.Partition, from source.Cursor) (source.Next, error) {
	part, err := o.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	position, last, err := part.parse(from)
	pages := &listing{openproject: o, part: part, position: position, last: last, most: o.options.PerPage}
	return o.confirmed(pages.next), err
}

// confirmed asks for the account again before the last page: the token may have
// been revoked since the plan was made.
func (o *openproject) confirmed(next source.Next) source.Next {
	return func(ctx context.Context) (source.Page, error) {
		page, err := next(ctx)
		if err == nil && page.Last {
			_, err = o.account(ctx)
		}
		return page, err
	}
}

// Version names the mapping in normalize.go. The address is part of it, because
// it is part of every web_url.
func (o *openproject) Version() string { return "openproject/1 " + o.options.URL }
