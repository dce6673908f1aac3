package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// script answers each request, named by method, URI and body, with a text; one
// that begins with a number has that status, and lines before an empty one are
// headers.
type script struct {
	t       *testing.T
	answers map[string]string

	mu    sync.Mutex
	asked []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	request := strings.TrimSpace(r.Method + " " + r.URL.RequestURI() + " " + string(body))
	s.mu.Lock()
	s.asked = append(s.asked, request)
	s.mu.Unlock()
	answer, known := s.answers[request]
	if !known {
		s.t.Errorf("an unexpected request: %s", request)
	}
	w.Header().Set("Content-Type", "application/json")
	head, text, hasHead := strings.Cut(answer, "\n\n")
	if !hasHead {
		head, text = "", answer
	}
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		w.Header().Set(name, value)
	}
	status := http.StatusOK
	if _, err := fmt.Sscanf(text, "%d ", &status); err == nil {
		w.WriteHeader(status)
		text = text[4:]
	}
	_, _ = io.WriteString(w, text)
}

// serve starts a script and returns a source that asks it.
func serve(t *testing.T, yaml string, answers map[string]string) (*script, source.Source) {
	t.Helper()
	s := &script{t: t, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, mustOpen(t, "url: "+server.URL+"\n"+yaml)
}

// read lists from a cursor to the end, or to an error.
func read(ctx context.Context, src source.Source, from source.Cursor) (pages []source.Page, err error) {
	for page, err := range src.List(ctx, source.Partition{Spec: []byte("{}")}, from) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// found is what a listing gave: "id raw" for each record, "! reason" for odd ones.
func found(pages []source.Page) []string {
	records := []string{}
	for _, page := range pages {
		for _, record := range page.Records {
			if record.Err != nil {
				records = append(records, "! "+record.Err.Error()+" "+string(record.Raw))
				continue
			}
			records = append(records, record.ID+" "+string(record.Raw))
		}
	}
	return records
}

func TestListings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml    string
		answers map[string]string
		want    []string
	}{
		"one list": {
			yaml:    "path: /rest/api/2/project\nquery: {expand: 'lead,url'}",
			answers: map[string]string{"GET /rest/api/2/project?expand=lead%2Curl": `[{"id":"1", "k":1.0},{"id":2}]`},
			want:    []string{`1 {"id":"1", "k":1.0}`, `2 {"id":2}`},
		},
		"url is the whole address": {
			answers: map[string]string{"GET /": `[]`}, want: []string{},
		},
		"a path that is escaped": {
			yaml:    "path: /groups/a%2Fb/projects",
			answers: map[string]string{"GET /groups/a%2Fb/projects": `[{"id":1}]`}, want: []string{`1 {"id":1}`},
		},
		"an object by key": {
			yaml: "items: .\nitems_key: key",
			answers: map[string]string{
				"GET /": `{"a\u00e9":{"id": 1},"b":{"key":"kept","id":2},"c":{ },"d":null}`,
			},
			want: []string{
				`1 {"key":"a\u00e9","id": 1}`, `2 {"key":"kept","id":2}`,
				`! the record has no id {"key":"c"}`, `! the record is null, not an object null`,
			},
		},
		"ids that are keys": {
			yaml:    "items: projects\nitems_key: id",
			answers: map[string]string{"GET /": `{"projects":{"9007199254740993":{"name":"a"}}}`},
			want:    []string{`9007199254740993 {"id":"9007199254740993","name":"a"}`},
		},
		"items by jq are encoded anew": {
			yaml:    `items: '[.groups[].projects[] | select(.kind != "team")]'`,
			answers: map[string]string{"GET /": `{"groups":[{"projects":[{"id": 9007199254740993, "b":1.10,"a":"<é>"}]},{"projects":[{"id":2,"kind":"team"},null]}]}`},
			want:    []string{`9007199254740993 {"a":"<é>","b":1.10,"id":9007199254740993}`, `! the record is null, not an object null`},
		},
		"ids by jq are exact": {
			yaml: "id: .meta.id // .key",
			answers: map[string]string{"GET /": `[{"meta":{"id": 9007199254740993}},{"key":"x/y"},{"meta":{"id":123456789012345678901234567890}},` +
				`{"meta":{"id":1.0}},{"meta":7},{"meta":{}},[],{"key":""}]`},
			want: []string{
				`9007199254740993 {"meta":{"id": 9007199254740993}}`,
				`x/y {"key":"x/y"}`,
				`123456789012345678901234567890 {"meta":{"id":123456789012345678901234567890}}`,
				`! the record's id is a number, not an id {"meta":{"id":1.0}}`,
				`! the jq expression fails: expected an object but got: number (7) {"meta":7}`,
				`! the record's id is null, not an id {"meta":{}}`,
				`! the record is a list, not an object []`,
				`! the record's id is an empty text, not an id {"key":""}`,
			},
		},
		"ids put together": {
			yaml:    `id: '"\(.owner.id)/\(.n)"'`,
			answers: map[string]string{"GET /": `[{"owner":{"id":12345678901234567890},"n":1}]`},
			want:    []string{`12345678901234567890/1 {"owner":{"id":12345678901234567890},"n":1}`},
		},
		"link, from behind a proxy that nobody told": {
			yaml: "path: /v1/things\npagination: {kind: link}",
			answers: map[string]string{
				"GET /v1/things":        "Link: <http://inner:8080/v1/things?page=2>; rel=\"next\"\n\n[{\"id\":1}]",
				"GET /v1/things?page=2": "Link: </v1/things?page=1>; rel=\"prev\"\n\n[{\"id\":2}]",
			},
			want: []string{`1 {"id":1}`, `2 {"id":2}`},
		},
		"next_url, relative and with an odd name": {
			yaml: "path: /odata\nitems: value\npagination: {kind: next_url, next: '.\"@odata.nextLink\"'}",
			answers: map[string]string{
				"GET /odata":                  `{"value":[{"id":1}],"@odata.nextLink":"?$skiptoken=a%2Bb"}`,
				"GET /odata?$skiptoken=a%2Bb": `{"value":[],"@odata.nextLink":"odata?$skiptoken=c"}`,
				"GET /odata?$skiptoken=c":     `{"value":[{"id":2}]}`,
			},
			want: []string{`1 {"id":1}`, `2 {"id":2}`},
		},
		"a cursor that is a list, in the body": {
			yaml: "path: /_search\nmethod: POST\nbody: {sort: [id]}\nitems: hits\npagination: {kind: cursor, cursor: '.hits[-1].sort', body_param: search_after, page_size: 1, size_body_param: size}",
			answers: map[string]string{
				`POST /_search {"size":1,"sort":["id"]}`:                                           `{"hits":[{"id":"<1>","sort":[12345678901234567890,"a"]}]}`,
				`POST /_search {"search_after":[12345678901234567890,"a"],"size":1,"sort":["id"]}`: `{"hits":[]}`,
			},
			want: []string{`<1> {"id":"<1>","sort":[12345678901234567890,"a"]}`},
		},
		"keyset whose last elements have no id": {
			yaml: "pagination: {kind: keyset, param: after, is_last: 'length < 2'}",
			answers: map[string]string{
				"GET /":             `[{"id":"a&b"},null]`,
				"GET /?after=a%26b": `[{"id":3}]`,
			},
			want: []string{`a&b {"id":"a&b"}`, `! the record is null, not an object null`, `3 {"id":3}`},
		},
		"page numbers with an empty page in between": {
			yaml: "items: list\npagination: {kind: page, last_page: last}",
			answers: map[string]string{
				"GET /?page=1": `{"list":[{"id":1}],"last":"3"}`,
				"GET /?page=2": `{"list":[],"last":3}`,
				"GET /?page=3": `{"list":[{"id":3}],"last":3}`,
			},
			want: []string{`1 {"id":1}`, `3 {"id":3}`},
		},
		"an offset in the body": {
			yaml: "method: POST\nbody: {}\nitems: list\npagination: {kind: offset, body_param: page.from, total: n}",
			answers: map[string]string{
				`POST / {"page":{"from":0}}`: `{"list":[{"id":1}],"n":2}`,
				`POST / {"page":{"from":1}}`: `{"list":[{"id":2}],"n":2}`,
			},
			want: []string{`1 {"id":1}`, `2 {"id":2}`},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, src := serve(t, tc.yaml, tc.answers)
			pages, err := read(t.Context(), src, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, found(pages)); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(tc.answers)), slices.Sorted(slices.Values(s.asked))); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLies checks answers that would make a part of a listing look like all of it.
func TestLies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		yaml    string
		answers map[string]string
		kind    source.Kind
		code    string
		message string
	}{
		"a list where none is": {
			yaml: "items: data.list", answers: map[string]string{"GET /": `{"errors":["no"],"data":null}`},
			kind: source.Contract, code: "not_a_list", message: `it has no member "data.list"`,
		},
		"an error in place of the list": {
			answers: map[string]string{"GET /": `{"error":"no"}`},
			kind:    source.Contract, code: "not_a_list", message: "items must name the list",
		},
		"null for the list": {
			yaml: "items: data", answers: map[string]string{"GET /": `{"data":null}`},
			kind: source.Contract, code: "not_a_list", message: "null where a list must be",
		},
		"null for the object": {
			yaml: "items: data\nitems_key: id", answers: map[string]string{"GET /": `{"data":null}`},
			kind: source.Contract, code: "not_an_object", message: "items gives no object",
		},
		"a list where an object must be": {
			yaml: "items: data\nitems_key: id", answers: map[string]string{"GET /": `{"data":[{"id":1}]}`},
			kind: source.Contract, code: "not_an_object", message: "remove items_key if it is a list",
		},
		"no JSON for jq": {
			yaml: "items: '[.a[]]'", answers: map[string]string{"GET /": `{"a":[`},
			kind: source.Contract, code: "bad_json", message: "not valid JSON",
		},
		"jq that fits another answer": {
			yaml: "items: '[.a[] | .b]'", answers: map[string]string{"GET /": `{"a":"100%"}`},
			kind: source.Contract, code: "bad_items", message: `items: the jq expression fails: cannot iterate over: string ("100%")`,
		},
		"jq without a list": {
			yaml: "items: .a[]", answers: map[string]string{"GET /": `{"a":[{"id":1},{"id":2}]}`},
			kind: source.Contract, code: "bad_items", message: "more than one value: write [ ] around it",
		},
		"jq that gives nothing": {
			yaml: "items: 'empty, .a[]'", answers: map[string]string{"GET /": `{"a":[]}`},
			kind: source.Contract, code: "not_a_list", message: "items gives no list",
		},
		"pages that nobody follows": {
			answers: map[string]string{"GET /": "Link: </?page=2>; rel=next\n\n[{\"id\":1}]"},
			kind:    source.Configuration, code: "more_pages", message: "write kind: link",
		},
		"more to come, and no cursor": {
			yaml:    "items: values\npagination: {kind: cursor, cursor: nextPageStart, param: start, is_last: isLastPage}",
			answers: map[string]string{"GET /": `{"values":[{"id":1}],"isLastPage":false}`},
			kind:    source.Contract, code: "no_way_on", message: "no cursor to go on with, although it says that it is not the last page",
		},
		"more to come, and no address": {
			yaml:    "items: values\npagination: {kind: next_url, next: next, is_last: last}",
			answers: map[string]string{"GET /": `{"values":[{"id":1}],"last":false,"next":""}`},
			kind:    source.Contract, code: "no_way_on", message: "no next address",
		},
		"more to come, and no record": {
			yaml:    "items: values\npagination: {kind: offset, is_last: last}",
			answers: map[string]string{"GET /?offset=0": `{"values":[],"last":false}`},
			kind:    source.Contract, code: "no_progress", message: "empty and yet not the last page",
		},
		"a keyset that is empty and not": {
			yaml:    "items: values\npagination: {kind: keyset, param: after, is_last: last}",
			answers: map[string]string{"GET /": `{"values":[],"last":false}`},
			kind:    source.Contract, code: "no_way_on",
		},
		"a keyset without any id": {
			yaml: "pagination: {kind: keyset, param: after}", answers: map[string]string{"GET /": `[null]`},
			kind: source.Contract, code: "no_id", message: "none of its records has an id",
		},
		"a keyset that the service does not know": {
			yaml: "pagination: {kind: keyset, param: after}", answers: map[string]string{"GET /": `[{"id":1}]`, "GET /?after=1": `[{"id":1}]`},
			kind: source.Contract, code: "repeated_cursor", message: "does the service know the parameter after?",
		},
		"an offset that the service does not know": {
			yaml:    "pagination: {kind: offset}",
			answers: map[string]string{"GET /?offset=0": `[{"id":1}]`, "GET /?offset=1": `[{"id":1}]`},
			kind:    source.Contract, code: "repeated_page", message: "does the service know the parameters in pagination?",
		},
		"the last page again and again": {
			yaml:    "method: POST\nbody: {}\npagination: {kind: page, body_param: n}",
			answers: map[string]string{`POST / {"n":1}`: `[{"id":1}]`, `POST / {"n":2}`: `[{"id":2}]`, `POST / {"n":3}`: `[{"id":2}]`},
			kind:    source.Contract, code: "repeated_page", message: "same records",
		},
		"addresses in a circle": {
			yaml: "path: /a\nitems: v\npagination: {kind: next_url, next: next}",
			answers: map[string]string{
				"GET /a": `{"v":[{"id":1}],"next":"/b"}`, "GET /b": `{"v":[{"id":2}],"next":"/c"}`,
				"GET /c": `{"v":[{"id":3}],"next":"/d"}`, "GET /d": `{"v":[],"next":"/b"}`,
			},
			kind: source.Contract, code: "repeated_page",
		},
		"links in a circle": {
			yaml:    "path: /a\npagination: {kind: link}",
			answers: map[string]string{"GET /a": "Link: </a>; rel=next\n\n[{\"id\":1}]"},
			kind:    source.Contract, code: "repeated_page",
		},
		"addresses that lead on beyond the end": {
			yaml: "items: v\npagination: {kind: next_url, next: next}",
			answers: map[string]string{
				"GET /": `{"v":[{"id":1},{"id":2}],"next":"?page=2"}`, "GET /?page=2": `{"v":[{"id":3}],"next":"?page=3"}`,
				"GET /?page=3": `{"v":[{"id":3}],"next":"?page=4"}`,
			},
			kind: source.Contract, code: "repeated_page", message: "same records",
		},
		"an address that is a number": {
			yaml: "items: v\npagination: {kind: next_url, next: next}", answers: map[string]string{"GET /": `{"v":[],"next":2}`},
			kind: source.Contract, code: "bad_next_address", message: "pagination.next is 2, not an address",
		},
		"an address of another scheme": {
			yaml: "items: v\npagination: {kind: next_url, next: next}", answers: map[string]string{"GET /": `{"v":[],"next":"file:///etc/passwd"}`},
			kind: source.Contract, code: "bad_next_address",
		},
		"a cursor that is an object": {
			yaml: "items: v\npagination: {kind: cursor, cursor: next, param: c}", answers: map[string]string{"GET /": `{"v":[],"next":{"a":1}}`},
			kind: source.Contract, code: "bad_cursor", message: "neither a text nor a number",
		},
		"an is_last that is none": {
			yaml: "items: v\npagination: {kind: page, is_last: lst}", answers: map[string]string{"GET /?page=1": `{"v":[],"last":true}`},
			kind: source.Contract, code: "not_a_boolean", message: "pagination.is_last is neither true nor false",
		},
		"a last page that is none": {
			yaml: "items: v\npagination: {kind: page, last_page: lst}", answers: map[string]string{"GET /?page=1": `{"v":[],"last":1}`},
			kind: source.Contract, code: "not_a_number", message: "pagination.last_page is not a whole number",
		},
		"a total below zero": {
			yaml: "items: v\npagination: {kind: page, total: n}", answers: map[string]string{"GET /?page=1": `{"v":[],"n":-1}`},
			kind: source.Contract, code: "not_a_number", message: "pagination.total is not a count",
		},
		"a total in a header that is a text": {
			yaml: "pagination: {kind: page, total_header: x-total}", answers: map[string]string{"GET /?page=1": "X-Total: many\n\n[]"},
			kind: source.Contract, code: "not_a_number", message: "the header x-total is not a count",
		},
		"a total by jq that fails": {
			yaml: "pagination: {kind: page, total: '.[0] | error'}", answers: map[string]string{"GET /?page=1": "[]"},
			kind: source.Contract, code: "bad_total", message: "pagination.total: the jq expression fails",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, src := serve(t, tc.yaml, tc.answers)
			pages, err := read(t.Context(), src, "")
			e, ok := errors.AsType[*source.Error](err)
			if !ok || e.Kind != tc.kind || e.Code != tc.code {
				t.Fatalf("got %#v after %d pages, want %s %s", err, len(pages), tc.kind, tc.code)
			}
			if !strings.Contains(e.Message, tc.message) || e.Sample == "" {
				t.Errorf("message %q, sample %q", e.Message, e.Sample)
			}
			for _, page := range pages {
				if page.Last {
					t.Error("the listing looks complete")
				}
			}
		})
	}
}
