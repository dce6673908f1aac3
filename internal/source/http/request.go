package httpapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// request is the request of one page.
type request struct {
	ref   string
	query url.Values
	// body is for POST alone. It shares what it holds with other requests:
	// change it through withMember only.
	body any
}

// template is what the requests of all pages have in common.
type template struct {
	method, path string
	query        url.Values
	body         any
}

// fresh returns a request that asks for no page in particular.
func (t template) fresh() request {
	return request{ref: t.path, query: maps.Clone(t.query), body: t.body}
}

// send returns the request as the client takes it.
func (t template) send(r request) (source.Request, error) {
	sent := source.Request{Method: t.method, Ref: r.ref, Query: r.query}
	if t.method != http.MethodPost {
		return sent, nil
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.body); err != nil {
		return source.Request{}, err
	}
	sent.Body = bytes.TrimSpace(body.Bytes())
	sent.Header = http.Header{"Content-Type": {"application/json"}}
	return sent, nil
}

// slot is where a request carries a value: a parameter of the query, or a
// member of the body. The zero slot carries none.
type slot struct {
	param  string
	member []string
}

// put writes a value, given as JSON, into its place.
func (s slot) put(r *request, value json.RawMessage) {
	switch {
	case s.param != "":
		r.query.Set(s.param, scalarText(value))
	case s.member != nil:
		r.body = withMember(r.body, s.member, value)
	}
}

// name is how a message calls the slot.
func (s slot) name() string {
	if s.param != "" {
		return "the parameter " + s.param
	}
	return "the member " + strings.Join(s.member, ".") + " of the body"
}

// scalarText is a JSON text without its quotes, or a number as it is written.
func scalarText(value json.RawMessage) string {
	if result := gjson.ParseBytes(value); result.Type == gjson.String {
		return result.Str
	}
	return string(value)
}

// withMember returns a value with one member within it changed, and leaves the
// value itself as it was. What is no object becomes one.
func withMember(value any, path []string, member any) any {
	if len(path) == 0 {
		return member
	}
	object, _ := value.(map[string]any)
	changed := maps.Clone(object)
	if changed == nil {
		changed = map[string]any{}
	}
	changed[path[0]] = withMember(object[path[0]], path[1:], member)
	return changed
}
