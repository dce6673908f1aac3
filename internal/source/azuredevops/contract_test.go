package azuredevops_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// newContract holds requests and answers against Microsoft's own descriptions.
// They have the bare list, the service an envelope around it.
func newContract(t *testing.T, fake http.Handler) http.Handler {
	t.Helper()
	contract := sourcetest.Contract{
		Descriptions: sourcetest.Describe(t, "openapi/azure-devops-core-7.1.json", "openapi/azure-devops-git-7.1.json"),
		Answer:       func(body []byte) []byte { return []byte(gjson.GetBytes(body, "value").Raw) },
	}
	return contract.Around(t, fake)
}

func TestRequestsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for _, listed := range []string{"repositories", "projects"} {
		t.Run(listed, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				f := newFake(t, listed == "projects", ids)
				server := sourcetest.NewServer(t, newContract(t, f))
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
			elements, err := source.SplitArray(sourcetest.Shared(t, "examples/azure/"+tc.file), tc.path)
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
	elements, err := source.SplitArray(sourcetest.Shared(t, "examples/azure/go-scm-repos.json"), "value")
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
