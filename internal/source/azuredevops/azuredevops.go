package azuredevops

import (
	"context"
	"fmt"
	"iter"
	"net/http"

	"holdfast/internal/source"
)

// Driver returns the kind "azure-devops".
func Driver() source.Driver { return source.Driver{Kind: "azure-devops", New: newSource} }

// azure is one configured listing. Only the pause that the service asked for
// changes after newSource.
type azure struct {
	client  *source.Client
	options options
	pause   pause
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
		// Asks for 401 where there would be a redirect to a sign-in page.
		Header: http.Header{"X-Tfs-Fedauthredirect": {"Suppress"}},
		Dir:    settings.Dir,
		Log:    settings.Log,
	})
	if err != nil {
		return nil, err
	}
	return &azure{client: client, options: o}, nil
}

// List yields the pages of one partition.
func (a *azure) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		pages, err := a.pages(ctx, partition, from)
		for err == nil {
			page := pages.next()
			if !yield(page, nil) || page.Last {
				return
			}
			if ctx.Err() != nil {
				err = fmt.Errorf("list %s: %w", a.options.List, ctx.Err())
			}
		}
		yield(source.Page{}, err)
	}
}

// pages asks for what follows a cursor.
func (a *azure) pages(ctx context.Context, partition source.Partition, from source.Cursor) (*sorted, error) {
	part, err := a.parseSpec(partition.Spec)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(from)
	if err != nil {
		return nil, err
	}
	records, err := a.all(ctx, part)
	if err != nil {
		return nil, err
	}
	return sortAfter(records, after), nil
}

// all asks for every record of a partition.
func (a *azure) all(ctx context.Context, part spec) ([]source.Record, error) {
	switch {
	case part.List == listProjects:
		return a.projects(ctx)
	case part.Project == "":
		// The plan found no project, and so no repository.
		return nil, nil
	}
	return a.repositories(ctx, part.Project)
}

// Version names the mapping in normalize.go.
func (a *azure) Version() string { return "azure-devops/" + a.options.List + "/1" }
