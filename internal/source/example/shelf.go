// Package example is a whole kind of source, as small as one can be: the one
// that docs/adding-a-source.md walks through. It lists an imaginary service
// named Shelf, which answers GET /items?after=ID&limit=N with a JSON array in
// ascending order of the numeric id. It is no kind that can be configured.
package example

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// pageSize is Shelf's own limit.
const pageSize = 50

// options are the kind's keys in the configuration file.
type options struct {
	source.HTTPOptions `yaml:",inline"`

	Token source.Secret `yaml:"token"`
}

// shelf is the source.
type shelf struct{ client *source.Client }

// Driver makes sources of the kind shelf.
func Driver() source.Driver {
	return source.Driver{Kind: "shelf", New: newShelf}
}

func newShelf(settings source.Settings) (source.Source, error) {
	var o options
	if err := settings.Decode(&o); err != nil {
		return nil, err
	}
	if o.Token.IsZero() {
		return nil, errors.New("token is missing: make one at Shelf under Settings > Keys, with the right to read items")
	}
	client, err := source.NewClient(source.ClientConfig{
		HTTPOptions: o.HTTPOptions, Auth: source.BearerAuth(o.Token), Dir: settings.Dir, Log: settings.Log,
	})
	if err != nil {
		return nil, err
	}
	return &shelf{client: client}, nil
}

// Plan says that Shelf is listed in one part, and states no total.
func (s *shelf) Plan(context.Context) (source.Plan, error) {
	return source.Plan{Partitions: []source.Partition{{Name: "all items", Spec: []byte("{}")}}}, nil
}

// List pages by id. The cursor is the last id: items that come or go before it
// shift nothing. Only an empty page is the end; a short one is not.
func (s *shelf) List(ctx context.Context, _ source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		for {
			page, err := s.page(ctx, from)
			if !yield(page, err) || err != nil || page.Last {
				return
			}
			from = page.Next
		}
	}
}

func (s *shelf) page(ctx context.Context, after source.Cursor) (source.Page, error) {
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if after != "" {
		query.Set("after", string(after))
	}
	answer, err := s.client.Get(ctx, "/items", query)
	if err != nil {
		return source.Page{}, err
	}
	elements, err := answer.Elements("")
	if err != nil {
		return source.Page{}, err
	}
	page := source.Page{Next: after, Last: len(elements) == 0}
	for _, raw := range elements {
		record := source.NewRecord(raw, "id")
		if record.ID != "" {
			page.Next = source.Cursor(record.ID)
		}
		page.Records = append(page.Records, record)
	}
	if !page.Last && page.Next == after {
		return page, answer.Invalid("repeated_page", "the page after "+string(after)+" leads nowhere")
	}
	return page, nil
}

// Normalize reads the columns. What Shelf does not state stays nil.
func (s *shelf) Normalize(raw []byte) (project.Project, error) {
	record := source.NewRecord(raw, "id")
	if record.Err != nil {
		return project.Project{}, record.Err
	}
	f := source.ReadFields(raw)
	p := project.Project{
		ExternalID: record.ID, Description: f.Text("summary"), WebURL: f.Text("links.page"),
		Archived: f.Bool("retired"), CreatedAt: f.Time("made_at"), Topics: f.Texts("labels"),
	}
	if title := f.Text("title"); title != nil {
		p.Name, p.FullPath = *title, *title
	}
	return p, f.Err()
}

// Version changes whenever Normalize reads the same bytes in another way: every
// row is then written anew at the next sync.
func (s *shelf) Version() string { return "shelf/1" }
