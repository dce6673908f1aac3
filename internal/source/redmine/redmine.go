package redmine

import (
	"context"
	"iter"

	"holdfast/internal/source"
)

// Driver returns the kind "redmine".
func Driver() source.Driver { return source.Driver{Kind: "redmine", New: newSource} }

// redmine is one configured listing. Its state never changes after newSource.
type redmine struct {
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
	return &redmine{client: client, options: o}, nil
}

// Plan makes sure of the key and asks for the total.
func (r *redmine) Plan(ctx context.Context) (source.Plan, error) {
	if _, err := r.account(ctx); err != nil {
		return source.Plan{}, err
	}
	total, err := r.total(ctx)
	return source.Plan{Partitions: []source.Partition{r.partition()}, Total: total}, err
}

// List yields the pages of the listing.
func (r *redmine) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) {
		if err := r.checkSpec(partition.Spec); err != nil {
			return nil, err
		}
		at, err := source.ParsePlace(from, tailLength)
		return r.confirmed((&listing{redmine: r, Place: at}).next), err
	})
}

// confirmed asks for the account again before the last page: the key may have
// been revoked since the plan was made.
func (r *redmine) confirmed(next source.Next) source.Next {
	return func(ctx context.Context) (source.Page, error) {
		page, err := next(ctx)
		if err == nil && page.Last {
			_, err = r.account(ctx)
		}
		return page, err
	}
}

// Version names the mapping in normalize.go. The address is part of it, because
// it is part of every web_url.
func (r *redmine) Version() string { return "redmine/1 " + r.options.URL }
