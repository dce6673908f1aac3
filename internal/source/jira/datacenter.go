package jira

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// pageSize is how many projects of the one list make a page, and so a
// transaction.
const pageSize = 50

// DataCenterDriver returns the kind "jira-dc": Jira Data Center and Server.
func DataCenterDriver() source.Driver { return source.Driver{Kind: "jira-dc", New: newDataCenter} }

// dataCenter is one configured listing. Its state never changes after
// newDataCenter.
type dataCenter struct {
	api

	options dataCenterOptions
}

func newDataCenter(settings source.Settings) (source.Source, error) {
	var o dataCenterOptions
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
	d := &dataCenter{options: o}
	d.api = api{client: client, version: "/rest/api/2", known: !o.anonymous(), explain: d.explain}
	return d, nil
}

// Plan makes sure of the credentials. Jira states no total but by the list
// itself.
func (d *dataCenter) Plan(ctx context.Context) (source.Plan, error) {
	_, err := d.account(ctx)
	return source.Plan{Partitions: partitions()}, err
}

// List asks for the one list and yields it in pages.
func (d *dataCenter) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		pages, err := d.pages(ctx, partition, from)
		for err == nil {
			page := pages.next()
			if !yield(page, nil) || page.Last {
				return
			}
			if ctx.Err() != nil {
				err = fmt.Errorf("list projects: %w", ctx.Err())
			}
		}
		yield(source.Page{}, err)
	}
}

// pages asks for what follows a cursor.
func (d *dataCenter) pages(ctx context.Context, partition source.Partition, from source.Cursor) (*sorted, error) {
	if err := checkSpec(partition.Spec); err != nil {
		return nil, err
	}
	after, err := source.ParseKeyset(from)
	if err != nil {
		return nil, err
	}
	records, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	return sortAfter(records, after), nil
}

// all asks for every project there is.
func (d *dataCenter) all(ctx context.Context) ([]source.Record, error) {
	res, err := d.get(ctx, "/project", d.options.query())
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("")
	if err != nil {
		return nil, err
	}
	records := newRecords(elements)
	if len(records) > 0 && source.Placed(records) == 0 {
		return nil, res.Invalid("no_ids", "none of its elements has an id")
	}
	return records, nil
}

// Normalize reads the columns of one project.
func (d *dataCenter) Normalize(raw []byte) (project.Project, error) { return normalize(raw) }

// Version names the mapping in normalize.go.
func (d *dataCenter) Version() string { return "jira-dc/1" }

// sorted is the rest of a list, in the order of the ids.
type sorted struct {
	records []source.Record
	// odd are the elements that no position belongs to. They come with the
	// last page, so that a listing that is resumed shows them once.
	odd []source.Record
}

// sortAfter puts what follows an id into order.
func sortAfter(records []source.Record, after int64) *sorted {
	s := &sorted{}
	for _, record := range records {
		switch number, _ := source.ParseNumber(record.ID); {
		case record.Err != nil:
			s.odd = append(s.odd, record)
		case number > after:
			s.records = append(s.records, record)
		}
	}
	slices.SortStableFunc(s.records, func(a, b source.Record) int {
		// Canonical numbers: the longer one is the larger.
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return s
}

// next takes one page off the front.
func (s *sorted) next() source.Page {
	if len(s.records) <= pageSize {
		return source.Page{Records: append(s.records, s.odd...), Last: true}
	}
	page := s.records[:pageSize:pageSize]
	s.records = s.records[pageSize:]
	last, _ := source.ParseNumber(page[pageSize-1].ID)
	return source.Page{Records: page, Next: source.KeysetCursor(last)}
}
