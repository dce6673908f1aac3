package httpapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func check(t *testing.T, src source.Source) (source.Report, error) {
	t.Helper()
	checker, ok := src.(source.Checker)
	if !ok {
		t.Fatal("the source cannot be checked")
	}
	return checker.Check(t.Context())
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		empty = "left empty by every record: archived, created_at, default_branch, description, forks, language, last_activity_at, license, " +
			"owner, stars, topics, updated_at, visibility, web_url; map them with fields if the records have them"
		first   = `the first project has the id "1" and the name "one"`
		noTotal = "no total is configured, so progress will have none: set pagination.total or total_header if the service states one"
	)
	for name, tc := range map[string]struct {
		yaml, request, answer string
		projects              *int64
		want                  []string
	}{
		"the whole listing": {
			request: "GET /", answer: `[{"id":1,"name":"one"},{"id":2,"name":"two"}]`, projects: new(int64(2)),
			want: []string{"the first page came with status 200 as application/json and has 2 records; no page follows", first, empty},
		},
		"total": {
			yaml:    "path: /p\nitems: data\npagination: {kind: page, total: n}",
			request: "GET /p?page=1", answer: `Content-Type: application/vnd.api+json; charset=utf-8` + "\n\n" + `{"n":12345,"data":[{"id":1,"name":"one"}]}`,
			projects: new(int64(12345)),
			want:     []string{"the first page came with status 200 as application/vnd.api+json and has 1 records; another page follows", first, empty},
		},
		"a total that is not stated": {
			yaml:    "pagination: {kind: offset, total_header: X-Total}",
			request: "GET /?offset=0", answer: `[{"id":1,"name":"one"}]`,
			want: []string{
				"the first page came with status 200 as application/json and has 1 records; another page follows", first, empty,
				"the answer states no total where pagination says it is, so progress will have none",
			},
		},
		"no total": {
			yaml:    "pagination: {kind: keyset, param: after}\nfields: {owner: .who}",
			request: "GET /", answer: `[{"id":1,"name":"one","who":"ann"},null]`,
			want: []string{
				"the first page came with status 200 as application/json and has 2 records; another page follows", first,
				"1 of 2 records cannot be read and would be quarantined; the first: the record is null, not an object",
				strings.Replace(empty, "owner, ", "", 1), noTotal,
			},
		},
		"wrong id": {
			yaml:    "id: .uuid",
			request: "GET /", answer: `[{"id":1,"name":"one"}]`, projects: new(int64(0)),
			want: []string{
				"the first page came with status 200 as application/json and has 1 records; no page follows",
				"1 of 1 records cannot be read and would be quarantined; the first: the record has no uuid",
			},
		},
		"wrong name and column": {
			yaml:    "fields: {name: .title, stars: .name}",
			request: "GET /", answer: `[{"id":1,"name":2},{"id":2,"name":"two"},{"id":3}]`, projects: new(int64(2)),
			want: []string{
				"the first page came with status 200 as application/json and has 3 records; no page follows",
				`the first project has the id "1" and the name "1"`,
				"1 of 3 records cannot be read and would be quarantined; the first: the record's stars is a text, not a whole number",
				"2 of 2 projects have their id for a name: fields.name says where the name is",
				strings.Replace(empty, "stars, ", "", 1),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(&script{t: t, answers: map[string]string{tc.request: tc.answer}})
			t.Cleanup(server.Close)
			got, err := check(t, mustOpen(t, "url: "+server.URL+"\n"+tc.yaml))
			place, _, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://")+strings.TrimPrefix(tc.request, "GET "), "?")
			if diff := cmp.Diff(source.Report{Service: strings.TrimSuffix(place, "/"), Projects: tc.projects, Notes: tc.want}, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestCheckFailsAsAListingWould also meets what only the way to the second page
// shows.
func TestCheckFailsAsAListingWould(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ yaml, answer string }{
		"unauthorized":        {answer: `401 {"message":"who are you?"}`},
		"no list":             {yaml: "items: data", answer: `{"items":[]}`},
		"more pages":          {answer: "Link: </?page=2>; rel=\"next\"\n\n[{\"id\":1}]"},
		"nothing to go on by": {yaml: "pagination: {kind: keyset, param: after}", answer: `[{"uuid":1}]`},
		"no way on":           {yaml: "items: d\npagination: {kind: cursor, cursor: c, param: c, is_last: l}", answer: `{"d":[],"l":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, src := serve(t, tc.yaml, map[string]string{"GET /": tc.answer})
			report, errCheck := check(t, src)
			_, errList := read(t.Context(), src, "")
			if errCheck == nil || errList == nil || errCheck.Error() != errList.Error() {
				t.Errorf("got %v, a listing %v", errCheck, errList)
			}
			if diff := cmp.Diff(source.Report{}, report); diff != "" {
				t.Error(diff)
			}
		})
	}
	server := sourcetest.NewServer(t, &script{t: t})
	for fault, kind := range map[sourcetest.Fault]source.Kind{
		sourcetest.Throttled: source.RateLimit, sourcetest.SignIn: source.Configuration, sourcetest.Null: source.Contract,
	} {
		server.Break(fault)
		src := mustOpen(t, "url: "+server.URL+"\nauth: {kind: bearer, token: "+secret+"}\n")
		if _, err := check(t, src); source.KindOf(err) != kind {
			t.Errorf("%s: got %v, want %s", fault, err, kind)
		}
	}
}
