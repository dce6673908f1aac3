package httpapi_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	httpapi "holdfast/internal/source/http"
)

// linear is the example of docs/sources/http.md, without url and credential.
const linear = `
path: /graphql
method: POST
body:
  query: >-
    query($first: Int, $after: String) {
    projects(first: $first, after: $after, includeArchived: true, orderBy: createdAt) {
    nodes { id name }
    pageInfo { hasNextPage endCursor } } }
  variables: {after: null}
items: data.projects.nodes
id: id
fields:
  name: name
  full_path: slugId
  description: description
  web_url: url
  archived: .archivedAt != null
  owner: .lead.name
  topics: '[.labels.nodes[]?.name]'
  created_at: createdAt
  updated_at: updatedAt
pagination:
  kind: cursor
  cursor: data.projects.pageInfo.endCursor
  body_param: variables.after
  is_last: .data.projects.pageInfo.hasNextPage | not
  page_size: 50
  size_body_param: variables.first
rate_limited: {status: 400, jq: 'any(.errors[]?; .extensions.code == "RATELIMITED")'}
`

// linearRequest is how a page is asked for.
func linearRequest(after string) string {
	const query = "query($first: Int, $after: String) { projects(first: $first, after: $after, includeArchived: true, " +
		"orderBy: createdAt) { nodes { id name } pageInfo { hasNextPage endCursor } } }"
	return `POST /graphql {"query":"` + query + `","variables":{"after":` + after + `,"first":50}}`
}

func TestLinear(t *testing.T) {
	t.Parallel()
	first := `{"id":"9cfb482a-81e3","name":"Ship it","slugId":"3f2a","description":"","url":"https://linear.app/acme/project/ship-it-3f2a","archivedAt":null,` +
		`"lead":{"name":"Ada"},"labels":{"nodes":[{"name":"core"}]},"createdAt":"2026-01-02T03:04:05.678Z","updatedAt":"2026-02-02T00:00:00.000Z"}`
	_, src := serve(t, linear, map[string]string{
		linearRequest(`null`): `{"data":{"projects":{"nodes":[` + first + `],"pageInfo":{"hasNextPage":true,"endCursor":"c1"}}}}`,
		linearRequest(`"c1"`): `{"data":{"projects":{"nodes":[{"id":"b"}],"pageInfo":{"hasNextPage":false,"endCursor":"c2"}}}}`,
	})
	pages, err := read(t.Context(), src, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"9cfb482a-81e3 " + first, `b {"id":"b"}`}, found(pages)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	got, err := src.Normalize([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	want := project.Project{
		ExternalID: "9cfb482a-81e3", Name: "Ship it", FullPath: "3f2a", Description: new(""),
		WebURL: new("https://linear.app/acme/project/ship-it-3f2a"), Archived: new(false), Owner: new("Ada"), Topics: []string{"core"},
		CreatedAt: new(time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)), UpdatedAt: new(time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("project (-want +got):\n%s", diff)
	}
}

func TestLinearRateLimit(t *testing.T) {
	t.Parallel()
	limited := "X-RateLimit-Requests-Reset: 90\n\n" +
		`400 {"errors":[{"message":"Rate limit exceeded","extensions":{"code":"RATELIMITED"}}]}`
	refused := `400 {"errors":[{"message":"no such field","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`
	for answer, want := range map[string]source.Error{
		limited:                {Kind: source.RateLimit, Code: "rate_limited", RetryAfter: 90 * time.Second},
		refused:                {Kind: source.Configuration, Code: "bad_request"},
		`{"errors":[{"a":1}]}`: {Kind: source.Contract, Code: "not_a_list"},
	} {
		_, src := serve(t, linear, map[string]string{linearRequest(`null`): answer})
		_, err := read(t.Context(), src, "")
		checkError(t, err, want)
	}
}

// checkError compares kind, code and wait.
func checkError(t *testing.T, err error, want source.Error) {
	t.Helper()
	got := source.Error{}
	if e, ok := errors.AsType[*source.Error](err); ok {
		got = source.Error{Kind: e.Kind, Code: e.Code, RetryAfter: e.RetryAfter}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// asana is the example of docs/sources/http.md, without url and credential.
const asana = `
path: /api/1.0/projects
query: {workspace: "12345", opt_fields: "name,notes,archived,permalink_url,created_at,modified_at,owner.name"}
items: data
id: gid
fields:
  name: name
  description: notes
  archived: archived
  web_url: permalink_url
  owner: owner.name
  created_at: created_at
  updated_at: modified_at
pagination:
  kind: cursor
  cursor: next_page.offset
  param: offset
  page_size: 100
  size_param: limit
expired: {status: 400, body: pagination token}
`

func TestAsanaExpiredOffset(t *testing.T) {
	t.Parallel()
	const fields = "&opt_fields=name%2Cnotes%2Carchived%2Cpermalink_url%2Ccreated_at%2Cmodified_at%2Cowner.name&workspace=12345"
	page := func(offset string) string { return "GET /api/1.0/projects?limit=100" + offset + fields }
	expired := `400 {"errors":[{"message":"offset: Your pagination token has expired."}]}`
	answers := map[string]string{
		page(""):             `{"data":[{"gid":"1200000000000001","name":"a"}],"next_page":{"offset":"eyJ0","path":"/projects?offset=eyJ0","uri":"https://x"}}`,
		page("&offset=eyJ0"): expired,
	}
	_, src := serve(t, asana, answers)
	pages, err := read(t.Context(), src, "")
	checkError(t, err, source.Error{Kind: source.Expired, Code: "expired_position"})
	if len(pages) != 1 || pages[0].Last {
		t.Fatalf("%d pages, the last one final: the listing looks complete", len(pages))
	}

	// The partition begins again, and comes to its end.
	answers[page("&offset=eyJ0")] = `{"data":[{"gid":"1200000000000002","name":"b"}],"next_page":null}`
	pages, err = read(t.Context(), src, "")
	if err != nil || len(pages) != 2 || !pages[1].Last {
		t.Fatalf("%d pages, %v", len(pages), err)
	}

	// What is no expired position stays what it is, and at the start nothing
	// can have expired.
	answers[page("&offset=eyJ0")] = `400 {"errors":[{"message":"workspace: Not a recognized ID"}]}`
	_, err = read(t.Context(), src, pages[0].Next)
	checkError(t, err, source.Error{Kind: source.Configuration, Code: "bad_request"})
	answers[page("")] = expired
	_, err = read(t.Context(), src, "")
	checkError(t, err, source.Error{Kind: source.Configuration, Code: "bad_request"})
}

func TestExpiredByJQInASuccess(t *testing.T) {
	t.Parallel()
	_, src := serve(t, "items: v\npagination: {kind: cursor, cursor: next, param: c}\nexpired: {status: 200, jq: '.error == \"expired\"'}",
		map[string]string{"GET /": `{"v":[{"id":1}],"next":"a"}`, "GET /?c=a": `{"error":"expired"}`})
	_, err := read(t.Context(), src, "")
	checkError(t, err, source.Error{Kind: source.Expired, Code: "expired_position"})
}

func TestCursorOfAnotherListing(t *testing.T) {
	t.Parallel()
	answers := map[string]string{"GET /?a=1": `{"v":[{"id":1}],"next":"a"}`}
	s, src := serve(t, "query: {a: '1'}\nitems: v\npagination: {kind: cursor, cursor: next, param: c}", answers)
	var at source.Cursor
	for page, err := range src.List(t.Context(), source.Partition{Spec: []byte("{}")}, "") {
		if err != nil {
			t.Fatal(err)
		}
		at = page.Next
		break
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	changed := mustOpen(t, "url: "+server.URL+"\nquery: {a: '2'}\nitems: v\npagination: {kind: cursor, cursor: next, param: c}")
	for _, cursor := range []source.Cursor{at, "x", "{}", `{"pages":1}`, "null", "[]", `{"listing":"","unknown":1}`} {
		_, err := read(t.Context(), changed, cursor)
		checkError(t, err, source.Error{Kind: source.Expired, Code: "bad_cursor"})
	}
}

func TestPlanAsksForATotalOnly(t *testing.T) {
	t.Parallel()
	s, src := serve(t, "pagination: {kind: page}", map[string]string{})
	plan, err := src.Plan(t.Context())
	if err != nil || len(plan.Partitions) != 1 || plan.Total != nil || len(s.asked) != 0 {
		t.Errorf("%+v, %v, requests %q", plan, err, s.asked)
	}
	_, src = serve(t, "pagination: {kind: page, total_header: x-total}", map[string]string{"GET /?page=1": "X-Total: 3\n\n[{\"id\":1}]"})
	plan, err = src.Plan(t.Context())
	if err != nil || plan.Total == nil || *plan.Total != 3 {
		t.Errorf("%+v, %v", plan, err)
	}
	// Services leave the total out of long listings.
	_, src = serve(t, "pagination: {kind: page, total_header: x-total}", map[string]string{"GET /?page=1": "[]"})
	if plan, err = src.Plan(t.Context()); err != nil || plan.Total != nil {
		t.Errorf("%+v, %v", plan, err)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]http.Header{
		"auth: {kind: none}":                                    {},
		"auth: {kind: bearer, token: abc}":                      {"Authorization": {"Bearer abc"}},
		"auth: {kind: basic, user: ann, password: pw}":          {"Authorization": {"Basic YW5uOnB3"}},
		"auth: {kind: basic, user: key}":                        {"Authorization": {"Basic a2V5Og=="}},
		"auth: {kind: header, header: x-api-key, value: abc}":   {"X-Api-Key": {"abc"}},
		"headers: {x-api-key: abc, accept: application/x+json}": {"X-Api-Key": {"abc"}, "Accept": {"application/x+json"}},
	} {
		got := http.Header{}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, name := range []string{"Authorization", "X-Api-Key"} {
				if value := r.Header.Get(name); value != "" {
					got.Set(name, value)
				}
			}
			if accept := r.Header.Get("Accept"); accept != "application/json" {
				got.Set("Accept", accept)
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte("[]"))
		}))
		t.Cleanup(server.Close)
		if _, err := read(t.Context(), mustOpen(t, "url: "+server.URL+"\n"+yaml), ""); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", yaml, diff)
		}
	}
}

// TestSecretsStayInside lets a service echo everything it was sent.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	const yaml = `
query: {tenant: acme}
auth: {kind: header, header: Authorization, value: "token first-s3cret"}
headers: {X-App-Key: second-s3cret, Notion-Version: "2022-06-28"}
items: '[.echo[].x]'
pagination: {kind: cursor, cursor: next, param: c}
`
	for name, answer := range map[string]string{
		"in a body":       `{"echo":["first-s3cret second-s3cret"]}`,
		"in a refusal":    `403 {"echo":"token first-s3cret, second-s3cret"}`,
		"in a cursor":     `{"echo":[],"next":"first-s3cret"}`,
		"in a cursor too": `{"echo":[],"next":"second-s3cret"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, src := serve(t, yaml, map[string]string{"GET /?tenant=acme": answer})
			pages, err := read(t.Context(), src, "")
			e, ok := errors.AsType[*source.Error](err)
			if !ok || len(pages) > 0 {
				t.Fatalf("%d pages and %v, want a source.Error at once", len(pages), err)
			}
			if shown := e.Error() + e.Sample; strings.Contains(shown, "s3cret") {
				t.Errorf("the error shows a credential: %s", shown)
			}
		})
	}
}

// TestEndlessExpressions checks that a program which never ends does not hang.
func TestEndlessExpressions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes as long as an expression may")
	}
	for name, tc := range map[string]struct{ yaml, answer string }{
		"items": {"items: '[.a | until(false; .)]'", `{"a":1}`},
		"id":    {"id: 'until(false; .)'", `[{"id":1}]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, src := serve(t, tc.yaml, map[string]string{"GET /": tc.answer})
			_, err := read(t.Context(), src, "")
			checkError(t, err, source.Error{Kind: source.Configuration, Code: "expression_too_slow"})
		})
	}
	t.Run("fields", func(t *testing.T) {
		t.Parallel()
		src := mustOpen(t, "url: https://api.example.com\nfields: {stars: 'until(false; .)'}")
		if _, err := src.Normalize([]byte(`{"id":1}`)); err == nil || !strings.Contains(err.Error(), "fields.stars") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("with its context", func(t *testing.T) {
		t.Parallel()
		_, src := serve(t, "items: '[.a | until(false; .)]'", map[string]string{"GET /": `{"a":1}`})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := read(ctx, src, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	mapping := `
fields:
  full_path: .path
  stars: stats.stars
  archived: .state == "archived"
  created_at: .created | todate
  license: .license // null | if type == "object" then .key else . end
  topics: tags
`
	src := mustOpen(t, "url: https://api.example.com\nid: uuid"+mapping)
	tests := map[string]struct {
		raw  string
		want project.Project
		err  string
	}{
		"everything": {
			raw: `{"uuid":"{a}","name":"n","path":"p/n","stats":{"stars":7},"state":"archived","created":1700000000,"license":{"key":"mit"},"tags":["x",null]}`,
			want: project.Project{
				ExternalID: "{a}", Name: "n", FullPath: "p/n", Stars: new(int64(7)), Archived: new(true), License: new("mit"), Topics: []string{"x"},
				CreatedAt: new(time.Unix(1700000000, 0).UTC()),
			},
		},
		"the name of the path": {
			raw:  `{"uuid":"a","name":null,"path":"p/n","created":0}`,
			want: project.Project{ExternalID: "a", Name: "n", FullPath: "p/n", Archived: new(false), CreatedAt: new(time.Unix(0, 0).UTC())},
		},
		"the name of the id": {
			raw:  `{"uuid":"a","created":0}`,
			want: project.Project{ExternalID: "a", Name: "a", FullPath: "a", Archived: new(false), CreatedAt: new(time.Unix(0, 0).UTC())},
		},
		"a text for a number": {raw: `{"uuid":"a","created":0,"stats":{"stars":"7"}}`, err: "the record's stars is a text, not a whole number"},
		"jq that fails":       {raw: `{"uuid":"a"}`, err: "fields.created_at: the jq expression fails: strftime"},
		"no id":               {raw: `{"name":"n"}`, err: "the record has no uuid"},
		"no object":           {raw: `[1]`, err: "the record is a list, not an object"},
		"no UTF-8":            {raw: "{\"uuid\":\"\xff\"}", err: "the record is not valid UTF-8"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := src.Normalize([]byte(tc.raw))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want %q", err, tc.err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestNoClock checks that a record reads the same at any time.
func TestNoClock(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://api.example.com\nfields: {description: 'now | todate', owner: .now}")
	if _, err := src.Normalize([]byte(`{"id":1}`)); err == nil || !strings.Contains(err.Error(), "now is not available here") {
		t.Errorf("got %v", err)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	version := func(yaml string) string { return mustOpen(t, "url: https://api.example.com\n"+yaml).Version() }
	base := version("fields: {stars: .s}")
	if !strings.HasPrefix(base, "http/1 ") || base != version("fields: {stars: .s}\nquery: {a: b}\npagination: {kind: link}") {
		t.Errorf("version %q depends on more than how a record is read", base)
	}
	for _, yaml := range []string{"fields: {stars: .t}", "fields: {forks: .s}", "fields: {stars: .s}\nid: key"} {
		if base == version(yaml) {
			t.Errorf("version %q stays the same with %s", base, yaml)
		}
	}
}

// TestNoIO checks that making a source touches nothing.
func TestNoIO(t *testing.T) {
	t.Parallel()
	_, err := httpapi.Driver().New(source.Settings{
		Name: "api", Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Decode: func(any) error { return errors.New("the file is wrong") },
	})
	if err == nil || err.Error() != "the file is wrong" {
		t.Errorf("got %v", err)
	}
}
