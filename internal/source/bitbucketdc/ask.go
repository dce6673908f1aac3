package bitbucketdc

import (
	"context"
	"net/url"
	"strconv"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

const propertiesPath = "/rest/api/1.0/application-properties"

func (b *bitbucket) ask(ctx context.Context, path string, query url.Values) (*source.Response, error) {
	return b.client.Do(ctx, source.Request{Ref: path, Query: query, Explain: b.explain})
}

// view is one page of a listing.
type view struct {
	*source.Response

	records []source.Record
	start   int
	// last says that nothing follows, and next where the next page begins.
	last bool
	next int
}

// get asks for the page that begins at a place.
func (b *bitbucket) get(ctx context.Context, path string, start, limit int) (*view, error) {
	query := b.options.query()
	query.Set("start", strconv.Itoa(start))
	query.Set("limit", strconv.Itoa(limit))
	res, err := b.ask(ctx, path, query)
	if err != nil {
		return nil, err
	}
	elements, err := res.Elements("values")
	if err != nil {
		return nil, err
	}
	v := &view{Response: res, start: start}
	for _, element := range elements {
		v.records = append(v.records, source.NewNumbered(element, "id").Record)
	}
	return v, v.readEnvelope()
}

// readEnvelope reads whether and where the listing goes on. One that goes on
// nowhere has been cut short.
func (v *view) readEnvelope() error {
	last, next := gjson.GetBytes(v.Body, "isLastPage"), gjson.GetBytes(v.Body, "nextPageStart")
	switch {
	case !last.IsBool():
		return v.Invalid("no_is_last_page", "it has no isLastPage that is true or false")
	case last.Bool():
		v.last = true
		return nil
	case next.Type == gjson.Null:
		return v.Invalid("no_next_page_start", "it says that another page follows, and no nextPageStart where")
	}
	start, err := strconv.ParseInt(next.Raw, 10, 32)
	switch {
	case err != nil:
		return v.Invalid("bad_next_page_start", "its nextPageStart is no place")
	case int(start) <= v.start:
		return v.Invalid("repeated_page", "its nextPageStart leads back")
	}
	v.next = int(start)
	return nil
}

// user is whom the service takes the request to come from, or "". Only this
// header tells.
func user(res *source.Response) string {
	name := res.Header.Get("X-Ausername")
	if name == "anonymous" {
		return ""
	}
	// The service sends it in the form of a path.
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}
