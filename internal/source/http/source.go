package httpapi

import (
	"context"
	"fmt"
	"iter"

	"holdfast/internal/source"
)

// Driver makes sources of kind "http".
func Driver() source.Driver { return source.Driver{Kind: "http", New: newSource} }

// wholeSpec describes the one partition of every listing.
const wholeSpec = "{}"

// httpSource is one configured listing. Nothing of it changes after newSource.
type httpSource struct {
	client   *source.Client
	template template

	items    *expression
	itemsKey string
	id       *expression
	fields   []field

	pager       pager
	total       *expression
	totalHeader string
	isLast      *expression
	expired     *symptom
	rateLimited *symptom

	// listing and version are the fingerprints of the options that shape the
	// listing, and of those that Normalize goes by.
	listing, version string
}

func newSource(settings source.Settings) (source.Source, error) {
	o := options{Pagination: paginationOptions{FirstPage: 1}}
	if err := settings.Decode(&o); err != nil {
		return nil, err
	}
	s, err := o.build()
	if err != nil {
		return nil, err
	}
	s.client, err = source.NewClient(source.ClientConfig{
		HTTPOptions: o.HTTPOptions,
		Auth:        o.Auth.auth().Hiding(o.hidden()...),
		Header:      o.header(),
		Dir:         settings.Dir,
		Log:         settings.Log,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Version names how records are read.
func (s *httpSource) Version() string { return s.version }

// Plan has one partition. Where a total is configured, the first page is asked
// for it: without it, progress would have no end in sight.
func (s *httpSource) Plan(ctx context.Context) (source.Plan, error) {
	plan := source.Plan{Partitions: []source.Partition{{Name: "the whole listing", Spec: []byte(wholeSpec)}}}
	if s.total == nil && s.totalHeader == "" {
		return plan, nil
	}
	a, err := s.fetch(ctx, position{Listing: s.listing})
	if err != nil {
		return source.Plan{}, err
	}
	plan.Total = a.total
	return plan, nil
}

// List yields the pages after a cursor.
func (s *httpSource) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		at, err := s.begin(partition, from)
		for err == nil {
			var page source.Page
			page, at, err = s.page(ctx, at)
			if err == nil && (!yield(page, nil) || page.Last) {
				return
			}
		}
		yield(source.Page{}, err)
	}
}

// begin reads where the listing stands. It refuses a plan that was made when the
// source was of another kind: each of its partitions would be the whole listing.
func (s *httpSource) begin(partition source.Partition, from source.Cursor) (position, error) {
	if string(partition.Spec) != wholeSpec {
		return position{}, source.PlanOutdated()
	}
	return resume(s.listing, from)
}

// page reads the page at a position.
func (s *httpSource) page(ctx context.Context, at position) (source.Page, position, error) {
	a, err := s.fetch(ctx, at)
	if err != nil {
		return source.Page{}, at, err
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	next, last, err := s.advance(ctx, at, a)
	if err != nil {
		return source.Page{}, at, err
	}
	page := source.Page{Records: a.records, Last: last, Total: a.total}
	if !last {
		page.Next, err = next.cursor()
	}
	return page, next, err
}

// fetch asks for the page at a position, and reads it.
func (s *httpSource) fetch(ctx context.Context, at position) (*answer, error) {
	r := s.template.fresh()
	s.pager.ask(at, &r)
	request, err := s.template.send(r)
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	request.Explain = func(refused *source.Response) *source.Error { return s.diagnose(ctx, at, refused) }
	response, err := s.client.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	// Some services, GraphQL ones above all, tell of errors with status 200.
	if err := s.diagnose(ctx, at, response); err != nil {
		s.client.Heed(err)
		return nil, err
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	return s.readAnswer(ctx, response)
}
