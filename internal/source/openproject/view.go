package openproject

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

	records source.Ascending
	// start is how many elements are before the page, and size how many it
	// could have.
	start, size int
	total       int64
}

// view asks for one page, and refuses one that was not asked for or that
// contradicts itself.
func (o *openproject) view(ctx context.Context, page, size int) (*view, error) {
	q := o.options.query()
	q.Set("offset", strconv.Itoa(page))
	q.Set("pageSize", strconv.Itoa(size))
	res, err := o.client.Do(ctx, source.Request{Ref: "/api/v3/projects", Query: q, Explain: o.explain})
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("_embedded.elements")
	if err != nil {
		return nil, err
	}
	v := &view{Response: res}
	if err := v.read(page, size, len(elements)); err != nil {
		return nil, err
	}
	v.records, err = source.ReadAscending(res, elements)
	return v, err
}

// read takes what the answer says of itself.
func (v *view) read(page, size, elements int) error {
	offset, given, total := gjson.GetBytes(v.Body, "offset"), gjson.GetBytes(v.Body, "pageSize"), gjson.GetBytes(v.Body, "total")
	v.total = total.Int()
	switch {
	case offset.Type != gjson.Number || given.Type != gjson.Number || total.Type != gjson.Number || v.total < 0:
		return v.Invalid("unknown_envelope", "it does not say which page it is (offset), how large pages are (pageSize) "+
			"and how many projects there are (total)")
	case offset.Int() != int64(page) || given.Int() > int64(size):
		return v.Invalid("repeated_page", fmt.Sprintf("it is page %s of %s elements each, where page %d of %d was asked for",
			offset.Raw, given.Raw, page, size))
	case given.Int() < 1 || int64(elements) > given.Int():
		return v.Invalid("page_too_long", fmt.Sprintf("it has %d elements, and says that pages have %s at most", elements, given.Raw))
	}
	v.size = int(given.Int())
	v.start = (page - 1) * v.size
	return nil
}

// last reports whether the page ends where the projects do.
func (v *view) last() bool { return int64(v.start+len(v.records)) >= v.total }

// total is the number of projects, as OpenProject states it.
func (o *openproject) total(ctx context.Context) (*int64, error) {
	v, err := o.view(ctx, 1, 1)
	if err != nil {
		return nil, err
	}
	return &v.total, nil
}
