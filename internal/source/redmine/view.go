package redmine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// view is one page of the service.
type view struct {
	*source.Response

	records []source.Record
	start   int
	total   int64
}

// view asks for one page, and refuses one that was not asked for or that
// contradicts itself.
func (r *redmine) view(ctx context.Context, start, size int) (*view, error) {
	q := r.options.query()
	q.Set("offset", strconv.Itoa(start))
	q.Set("limit", strconv.Itoa(size))
	res, err := r.client.Do(ctx, source.Request{Ref: "/projects.json", Query: q, Explain: r.explain})
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("projects")
	if err != nil {
		return nil, err
	}
	v := &view{Response: res, start: start, records: make([]source.Record, len(elements))}
	for i, element := range elements {
		v.records[i] = source.NewNumbered(element, "id").Record
	}
	if err := v.read(size); err != nil {
		return nil, err
	}
	return v, v.inOrder()
}

// read takes what the answer says of itself.
func (v *view) read(size int) error {
	begins, total := gjson.GetBytes(v.Body, "offset"), gjson.GetBytes(v.Body, "total_count")
	v.total = total.Int()
	switch {
	case begins.Type != gjson.Number || total.Type != gjson.Number || v.total < 0:
		return v.Invalid("unknown_envelope", "it does not say where it begins (offset) and how many projects there are (total_count)")
	case begins.Int() != int64(v.start):
		return v.Invalid("repeated_page", fmt.Sprintf("it begins at %s, where %d was asked for", begins.Raw, v.start))
	case len(v.records) > size:
		return v.Invalid("page_too_long", fmt.Sprintf("it has %d elements, where %d were asked for", len(v.records), size))
	}
	return nil
}

// inOrder makes sure that the projects come in the order of their creation: an
// older Redmine overlooks the wish, and its own order moves. Times are compared
// as they are written, where they are written alike.
func (v *view) inOrder() error {
	before := ""
	for _, r := range v.records {
		created := gjson.GetBytes(r.Raw, "created_on").Str
		if len(created) == len(before) && created < before {
			return v.Invalid("not_in_order", "its projects are not in the order of their creation, "+
				"in which Redmine lists them on request since version 4.1")
		}
		before = created
	}
	return nil
}

// last reports whether the page ends where the projects do.
func (v *view) last() bool { return int64(v.start+len(v.records)) >= v.total }

// total is the number of projects, as Redmine states it.
func (r *redmine) total(ctx context.Context) (*int64, error) {
	v, err := r.view(ctx, 0, 1)
	if err != nil {
		return nil, err
	}
	return &v.total, nil
}
