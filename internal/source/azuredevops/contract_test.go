package azuredevops_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// shared reads a file of the vendor's contracts, which lie beside the
// repository and are not part of it.
func shared(t *testing.T, name string) []byte {
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
	body, err := os.ReadFile(filepath.Join(dir, "..", "shared", "contracts", name))
	if err != nil {
		t.Skipf("the vendor's contract is not here: %v", err)
	}
	return body
}

// route reads the one path of a description, in its old version 2.
func route(t *testing.T, name string) *routers.Route {
	t.Helper()
	var old openapi2.T
	if err := json.Unmarshal(shared(t, name), &old); err != nil {
		t.Fatal(err)
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		return &routers.Route{Spec: doc, Path: path, PathItem: item, Method: http.MethodGet, Operation: item.Get}
	}
	t.Fatalf("%s has no path", name)
	return nil
}

// contract checks requests and answers against Microsoft's own descriptions.
type contract struct {
	t                      *testing.T
	inner                  http.Handler
	projects, repositories *routers.Route
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, parameters := c.projects, map[string]string{"organization": "acme"}
	if rest, found := strings.CutSuffix(r.URL.Path, "/_apis/git/repositories"); found {
		route, parameters["project"] = c.repositories, strings.TrimPrefix(rest, "/acme/")
	} else if r.URL.Path != "/acme/_apis/projects" {
		c.t.Errorf("%s is not in the description", r.URL.Path)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: r, Route: route, PathParams: parameters,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		c.t.Errorf("%s: %v", r.URL, err)
	}
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			c.t.Errorf("%s is no parameter of %s", name, route.Path)
		}
	}
	answer := httptest.NewRecorder()
	c.inner.ServeHTTP(answer, r)
	// The description has the bare list, the service an envelope around it.
	bare := gjson.GetBytes(answer.Body.Bytes(), "value").Raw
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(), Body: io.NopCloser(strings.NewReader(bare)),
	})
	if err != nil {
		c.t.Errorf("the fake's own answer is none of Azure's: %v", err)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = io.Copy(w, bytes.NewReader(answer.Body.Bytes()))
}

func TestRequestsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	projects, repositories := route(t, "openapi/azure-devops-core-7.1.json"), route(t, "openapi/azure-devops-git-7.1.json")
	for _, listed := range []string{"repositories", "projects"} {
		t.Run(listed, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, listed == "projects", ids)
				server := sourcetest.NewServer(t, &contract{t: t, inner: f, projects: projects, repositories: repositories})
				return &sourcetest.Service{
					New: func(t *testing.T) source.Source {
						t.Helper()
						return mustOpen(t, "url: "+server.URL+"/acme\ntoken: ${T}\nper_page: 40\nlist: "+listed+"\n")
					},
					Truth: f.Truth, Break: server.Break, Add: f.Add, Remove: f.Remove, Update: f.Update, Snapshot: f.projects,
				}
			}})
		})
	}
}

func TestRealPayloads(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ file, path, list, want string }{
		{"go-scm-projects.json", "value", "projects", "test_project"},
		{"go-scm-repos.json", "value", "repositories", "test_project/test_project test_project/test_repo2"},
		{"httpExamples-GET__projects.json", "responses.200.body.value", "projects", "Fabrikam-Fiber-TFVC Fabrikam-Fiber-Git TestGit"},
		{"httpExamples-GET__git_repositories.json", "responses.200.body.value", "repositories",
			"Fabrikam-Fiber-Git/AnotherRepository Fabrikam-Fiber-Git/Fabrikam-Fiber-Git TestGit/TestGit"},
	} {
		t.Run(tc.file, func(t *testing.T) {
			t.Parallel()
			elements, err := source.SplitArray(shared(t, "examples/azure/"+tc.file), tc.path)
			if err != nil {
				t.Fatal(err)
			}
			src := mustOpen(t, "url: https://dev.azure.com/acme\nlist: "+tc.list+"\n")
			paths := []string{}
			for _, element := range elements {
				p, err := src.Normalize(element)
				if err != nil {
					t.Errorf("%s: %v", element, err)
				}
				paths = append(paths, p.FullPath)
			}
			if diff := cmp.Diff(tc.want, strings.Join(paths, " ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRealRepository(t *testing.T) {
	t.Parallel()
	elements, err := source.SplitArray(shared(t, "examples/azure/go-scm-repos.json"), "value")
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustOpen(t, "url: https://dev.azure.com/acme\n").Normalize(elements[0])
	want := project.Project{
		ExternalID: "91f0d4cb-4c36-49a5-b28d-2d72da089c4d", Name: "test_project", FullPath: "test_project/test_project",
		WebURL: new("https://dev.azure.com/tphoney/test_project/_git/test_project"), Visibility: new("private"),
		Archived: new(false), DefaultBranch: new("main"), Owner: new("test_project"),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
