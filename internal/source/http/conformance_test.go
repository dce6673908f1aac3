package httpapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"holdfast/internal/source"
	httpapi "holdfast/internal/source/http"
	"holdfast/internal/source/sourcetest"
)

const secret = "s3cr3t-t0ken"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes a source from options as they stand in a configuration file.
func open(t *testing.T, yaml string) (source.Source, error) {
	t.Helper()
	return sourcetest.Open(t, httpapi.Driver(), yaml, secret)
}

func mustOpen(t *testing.T, yaml string) source.Source {
	t.Helper()
	return sourcetest.MustOpen(t, httpapi.Driver(), yaml, secret)
}

// fields is the mapping for the fake's records.
const fields = `
fields:
  name: title
  full_path: .path
  stars: .stars
  topics: .tags
  description: '"\(.title) v\(.stars)"'
`

// A style is one way in which services page, and the options for it.
type style struct {
	serve func(f *fake, w http.ResponseWriter, r *http.Request)
	yaml  string
	// moves: records may come and go while the listing is read.
	moves bool
	// plain: elements that are no records can be listed.
	plain bool
}

func styles() map[string]style {
	return map[string]style{
		"link": {moves: true, plain: true, yaml: `
path: /projects
pagination: {kind: link, page_size: 40, size_param: per_page}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, more := f.after(int64(number(f, r.FormValue("after"), 0)), number(f, r.FormValue("per_page"), 0))
			if more {
				w.Header().Add("Link", `<http://inner:1/first>; rel="first", <http://inner:1`+r.URL.Path+`?per_page=40&after=`+lastID(page)+`>; rel="next"`)
			}
			_, _ = io.WriteString(w, f.list(page))
		}},
		"next_url": {moves: true, plain: true, yaml: `
path: /projects
items: .data.list
pagination: {kind: next_url, next: .links.next, is_last: .links.done}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, more := f.after(int64(number(f, r.FormValue("after"), 0)), 40)
			next := "null"
			if more {
				next = `"https://elsewhere.example` + r.URL.Path + `?after=` + lastID(page) + `"`
			}
			fmt.Fprintf(w, `{"links":{"next":%s,"done":%t},"data":{"list": %s}}`, next, !more, f.list(page))
		}},
		"cursor in the body": {moves: true, plain: true, yaml: `
path: /projects
items: data
pagination: {kind: cursor, cursor: .next_page.offset, param: offset, page_size: 37, size_param: limit}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, more := f.after(int64(number(f, r.FormValue("offset"), 0)), number(f, r.FormValue("limit"), 0))
			next := "null"
			if more {
				next = `{"offset":"` + lastID(page) + `"}`
			}
			fmt.Fprintf(w, `{"data":%s,"next_page":%s}`, f.list(page), next)
		}},
		"cursor in a header": {moves: true, plain: true, yaml: `
path: /projects
items: value
pagination: {kind: cursor, cursor_header: x-ms-continuationtoken, param: continuationToken}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, more := f.after(int64(number(f, r.FormValue("continuationToken"), 0)), 33)
			if more {
				w.Header().Set("X-Ms-Continuationtoken", lastID(page))
			}
			fmt.Fprintf(w, `{"count":%d,"value":%s}`, len(page), f.list(page))
		}},
		"cursor that is a number": {plain: true, yaml: `
path: /projects
items: values
pagination: {kind: cursor, cursor: nextPageStart, param: start, is_last: isLastPage}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			start := number(f, r.FormValue("start"), 0)
			page, total := f.from(start, 30)
			if start+len(page) == total {
				fmt.Fprintf(w, `{"values":%s,"isLastPage":true}`, f.list(page))
				return
			}
			fmt.Fprintf(w, `{"values":%s,"isLastPage":false,"nextPageStart":%d}`, f.list(page), start+len(page))
		}},
		"cursor in a GraphQL variable": {moves: true, plain: true, yaml: `
path: /graphql
method: POST
body:
  query: 'query($after: String, $first: Int) { projects(after: $after, first: $first) { nodes { id } } }'
  variables: {after: null, keep: [1, {a: 1}]}
items: data.projects.nodes
pagination:
  kind: cursor
  cursor: .data.projects.pageInfo.endCursor
  is_last: .data.projects.pageInfo.hasNextPage | not
  body_param: variables.after
  page_size: 35
  size_body_param: variables.first
`, serve: graphQL},
		"keyset": {moves: true, plain: true, yaml: `
path: /projects
pagination: {kind: keyset, param: id_after}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, _ := f.after(int64(number(f, r.FormValue("id_after"), 0)), 40)
			_, _ = io.WriteString(w, f.list(page))
		}},
		"offset": {plain: true, yaml: `
path: /projects
items: list
pagination: {kind: offset, page_size: 100, size_param: limit}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			// Pages are smaller than asked for.
			page, _ := f.from(number(f, r.FormValue("offset"), -1), 23)
			fmt.Fprintf(w, `{"list":%s}`, f.list(page))
		}},
		"offset with a total": {plain: true, yaml: `
path: /projects
items: projects
pagination: {kind: offset, page_size: 40, size_param: limit, total: total_count}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, total := f.from(number(f, r.FormValue("offset"), -1), number(f, r.FormValue("limit"), -1))
			fmt.Fprintf(w, `{"projects":%s,"total_count":%d}`, f.list(page), total)
		}},
		"offset with is_last": {plain: true, yaml: `
path: /projects
items: values
pagination: {kind: offset, param: startAt, total: total, is_last: isLast}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			at := number(f, r.FormValue("startAt"), -1)
			page, total := f.from(at, 40)
			fmt.Fprintf(w, `{"values":%s,"total":%d,"isLast":%t}`, f.list(page), total, at+len(page) >= total)
		}},
		"page from 1 with a total in a header": {plain: true, yaml: `
path: /projects
pagination: {kind: page, page_size: 40, size_param: limit, total_header: x-total-count}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			limit := number(f, r.FormValue("limit"), -1)
			page, total := f.from((number(f, r.FormValue("page"), -1)-1)*limit, limit)
			w.Header().Set("X-Total-Count", strconv.Itoa(total))
			_, _ = io.WriteString(w, f.list(page))
		}},
		"page from 0 with a last page": {plain: true, yaml: `
path: /projects
items: content
pagination: {kind: page, param: p, first_page: 0, last_page: .totalPages - 1}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, total := f.from(number(f, r.FormValue("p"), -1)*40, 40)
			fmt.Fprintf(w, `{"content":%s,"totalPages":%d}`, f.list(page), (total+39)/40)
		}},
		"page until an empty one": {plain: true, yaml: `
path: /projects
pagination: {kind: page}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, _ := f.from((number(f, r.FormValue("page"), -1)-1)*40, 40)
			_, _ = io.WriteString(w, f.list(page))
		}},
		"objects by key": {moves: true, yaml: `
path: /projects
items: projects
items_key: id
pagination: {kind: cursor, cursor: next, param: after}
`, serve: func(f *fake, w http.ResponseWriter, r *http.Request) {
			page, more := f.after(int64(number(f, r.FormValue("after"), 0)), 40)
			if len(page) == 0 {
				_, _ = io.WriteString(w, `{"projects":[]}`) // as PHP does
				return
			}
			_, _ = io.WriteString(w, `{"projects":{`)
			for i, raw := range f.Written(page) {
				if i > 0 {
					_, _ = io.WriteString(w, ", ")
				}
				fmt.Fprintf(w, `"%d": %s`, page[i].ID, raw)
			}
			_, _ = io.WriteString(w, "}")
			if more {
				fmt.Fprintf(w, `,"next":%s`, lastID(page))
			}
			_, _ = io.WriteString(w, "}")
		}},
	}
}

func graphQL(f *fake, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Query     string `json:"query"`
		Variables struct {
			After *string         `json:"after"`
			First int             `json:"first"`
			Keep  json.RawMessage `json:"keep"`
		} `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Query == "" || string(asked.Variables.Keep) != `[1,{"a":1}]` {
		f.t.Errorf("the body is not what was configured: %+v, %v", asked, err)
	}
	if r.Header.Get("Content-Type") != "application/json" {
		f.t.Errorf("the body is said to be %q", r.Header.Get("Content-Type"))
	}
	after := 0
	if asked.Variables.After != nil {
		after = number(f, *asked.Variables.After, -1)
	}
	page, more := f.after(int64(after), asked.Variables.First)
	end := "null"
	if len(page) > 0 {
		end = `"` + lastID(page) + `"`
	}
	fmt.Fprintf(w, `{"data":{"projects":{"nodes":%s,"pageInfo":{"hasNextPage":%t,"endCursor":%s}}}}`, f.list(page), more, end)
}

// start serves a fake in a style.
func start(t *testing.T, ids []string, s style) (*fake, *sourcetest.Service) {
	t.Helper()
	f := newFake(t, ids, s.serve)
	f.header = [2]string{"Authorization", "Bearer " + secret}
	server := sourcetest.NewServer(t, f)
	service := &sourcetest.Service{
		New: func(t *testing.T) source.Source {
			t.Helper()
			return mustOpen(t, "url: "+server.URL+"\nauth: {kind: bearer, token: '${TOKEN}'}\n"+s.yaml+fields)
		},
		Truth: f.Truth, Break: server.Break, Secret: secret,
	}
	if s.moves {
		service.Add, service.Remove, service.Update = f.Add, f.Remove, f.Update
	}
	if s.plain {
		service.AddOdd = f.AddOdd
	}
	return f, service
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, s := range styles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				_, service := start(t, ids, s)
				return service
			}})
		})
	}
}
