package gitlab_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// shared returns the path of a file of the vendors' contracts, which lie
// beside the repository and are not part of it.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	file := filepath.Join(dir, "..", "shared", "contracts", name)
	if _, err := os.Stat(file); err != nil {
		t.Skipf("the vendor's contract is not here: %v", err)
	}
	return file
}

// contract checks requests and answers against GitLab's own description.
type contract struct {
	t     *testing.T
	inner http.Handler
	route *routers.Route
}

func newContract(t *testing.T, inner http.Handler) *contract {
	t.Helper()
	file := shared(t, "openapi/gitlab.json")
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/v4/projects"
	item := doc.Paths.Value(path)
	return &contract{t: t, inner: inner, route: &routers.Route{
		Spec: doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get,
	}}
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	input := &openapi3filter.RequestValidationInput{
		Request: r, Route: c.route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if r.URL.Path != c.route.Path || r.Method != c.route.Method {
		c.t.Errorf("%s %s is not in the description", r.Method, r.URL.Path)
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		c.t.Errorf("%s: %v", r.URL, err)
	}
	for name := range r.URL.Query() {
		// The slice of the description leaves out how keyset paging is asked for.
		if name != "pagination" && c.route.Operation.Parameters.GetByInAndName("query", name) == nil {
			c.t.Errorf("%s is no parameter of %s", name, c.route.Path)
		}
	}
	answer := httptest.NewRecorder()
	c.inner.ServeHTTP(answer, r)
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(),
		Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
	})
	if err != nil {
		c.t.Errorf("the fake's own answer is none of GitLab's: %v", err)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func TestRequestsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
		t.Helper()
		f := newFake(t, ids)
		f.record = func(id, version int64) string {
			// The description knows no nulls and no members of the future.
			return fmt.Sprintf(`{"id":%d,"name":"P","description":"v%d","path_with_namespace":"a/p","visibility":"public","topics":[]}`, id, version)
		}
		server := sourcetest.NewServer(t, newContract(t, f))
		return &sourcetest.Service{
			New: func(t *testing.T) source.Source {
				t.Helper()
				return mustOpen(t, "url: "+server.URL+"/api/v4/\nper_page: 30\nmembership: true\nowned: true\nvisibility: public\narchived: false\n")
			},
			Truth: f.Truth, Break: server.Break, Add: f.Add, Remove: f.Remove, Update: f.Update,
		}
	}})
}

func TestRealPayload(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(shared(t, "examples/gitlab/go-scm-repos.json"))
	if err != nil {
		t.Fatal(err)
	}
	elements, err := source.SplitArray(body, "")
	if err != nil || len(elements) != 1 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	got, err := mustOpen(t, "url: https://gitlab.com\n").Normalize(elements[0])
	if err != nil {
		t.Fatal(err)
	}
	want := project.Project{
		ExternalID: "178504", Name: "Diaspora", FullPath: "diaspora/diaspora", Description: new(""),
		WebURL: new("https://gitlab.com/diaspora/diaspora"), Visibility: new("public"), Archived: new(false),
		DefaultBranch: new("master"), Owner: new("diaspora"), Topics: []string{},
		Stars: new(int64(0)), Forks: new(int64(0)),
		CreatedAt:      new(time.Date(2015, 3, 3, 18, 37, 5, 387e6, time.UTC)),
		LastActivityAt: new(time.Date(2015, 3, 3, 18, 37, 20, 795e6, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
