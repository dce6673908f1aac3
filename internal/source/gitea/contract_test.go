package gitea_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
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

// contract checks requests and answers against Gitea's own description, as far
// as the slice of it reaches: it has the search and the version. What the fake
// answers elsewhere it checks itself.
type contract struct {
	t     *testing.T
	inner http.Handler
	doc   *openapi3.T
}

func newContract(t *testing.T, inner http.Handler) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(shared(t, "openapi/gitea.json"))
	if err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, inner: inner, doc: doc}
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, inAPI := strings.CutPrefix(r.URL.Path, "/api/v1")
	item := c.doc.Paths.Value(path)
	if !inAPI || r.Method != http.MethodGet {
		c.t.Errorf("%s %s is none of the API's", r.Method, r.URL.Path)
	}
	if item == nil {
		c.inner.ServeHTTP(w, r)
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r,
		Route:   &routers.Route{Spec: c.doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		c.t.Errorf("%s: %v", r.URL, err)
	}
	for name := range r.URL.Query() {
		if item.Get.Parameters.GetByInAndName("query", name) == nil {
			c.t.Errorf("%s is no parameter of %s", name, path)
		}
	}
	answer := httptest.NewRecorder()
	c.inner.ServeHTTP(answer, r)
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(),
		Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())),
	})
	if err != nil {
		c.t.Errorf("the fake's own answer is none of Gitea's: %v", err)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func TestRequestsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for _, owner := range []string{"", "org: acme\n"} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, ids)
				f.record = func(id, version int64) string {
					// The description knows no nulls and no members of the future.
					return fmt.Sprintf(`{"id":%d,"name":"p","description":"v%d","full_name":"acme/p%[1]d","private":false,"topics":[],"created_at":"2021-01-02T03:04:05+01:00"}`, id, version)
				}
				server := sourcetest.NewServer(t, newContract(t, f))
				return &sourcetest.Service{
					New: func(t *testing.T) source.Source {
						t.Helper()
						return mustOpen(t, "url: "+server.URL+"/api/v1/\ntoken: x\nper_page: 25\nvisibility: public\narchived: true\n"+owner)
					},
					Truth: f.Truth, Break: server.Break, Add: f.Add, Remove: f.Remove, Update: f.Update,
				}
			}})
		})
	}
}

func TestRealPayload(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(shared(t, "examples/gitea/go-scm-repos.json"))
	if err != nil {
		t.Fatal(err)
	}
	elements, err := source.SplitArray(body, "")
	if err != nil || len(elements) != 1 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	got, err := mustOpen(t, "url: https://codeberg.org\n").Normalize(elements[0])
	if err != nil {
		t.Fatal(err)
	}
	want := project.Project{
		ExternalID: "1", Name: "gitea", FullPath: "go-gitea/gitea", Description: new(""),
		WebURL: new("https://try.gitea.io/go-gitea/gitea"), Visibility: new("private"), Archived: new(false),
		DefaultBranch: new("master"), Owner: new("go-gitea"), Stars: new(int64(0)), Forks: new(int64(0)),
		CreatedAt: new(time.Date(2017, 10, 22, 18, 25, 33, 0, time.UTC)),
		UpdatedAt: new(time.Date(2017, 11, 16, 22, 7, 1, 0, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
