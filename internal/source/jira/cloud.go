package jira

import (
	"context"
	"iter"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// CloudDriver returns the kind "jira": Jira Cloud.
func CloudDriver() source.Driver { return source.Driver{Kind: "jira", New: newCloud} }

// cloud is one configured listing. Its state never changes after newCloud.
type cloud struct {
	api

	options cloudOptions
}

func newCloud(settings source.Settings) (source.Source, error) {
	var o cloudOptions
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
	c := &cloud{options: o}
	c.api = api{client: client, version: "/rest/api/3", known: !o.Token.IsZero(), explain: c.explain}
	return c, nil
}

// Plan makes sure of the credentials and asks for the total.
func (c *cloud) Plan(ctx context.Context) (source.Plan, error) {
	if _, err := c.account(ctx); err != nil {
		return source.Plan{}, err
	}
	total, err := c.total(ctx)
	return source.Plan{Partitions: partitions(), Total: total}, err
}

// total is the number of projects, as Jira states it.
func (c *cloud) total(ctx context.Context) (*int64, error) {
	v, err := c.view(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	return &v.total, nil
}

// List yields the pages of the listing.
func (c *cloud) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return source.Pages(ctx, func() (source.Next, error) {
		if err := checkSpec(partition.Spec); err != nil {
			return nil, err
		}
		at, err := source.ParsePlace(from, tailLength)
		return (&search{cloud: c, Place: at}).next, err
	})
}

// Normalize reads the columns of one project.
func (c *cloud) Normalize(raw []byte) (project.Project, error) { return normalize(raw) }

// Version names the mapping in normalize.go.
func (c *cloud) Version() string { return "jira/1" }
