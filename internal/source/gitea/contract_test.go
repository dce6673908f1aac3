package gitea_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// newContract holds requests and answers against Gitea's own description, as
// far as the slice of it reaches: it has the search and the version. What the
// fake answers elsewhere it checks itself.
func newContract(t *testing.T, fake http.Handler) http.Handler {
	t.Helper()
	contract := sourcetest.Contract{
		Descriptions: sourcetest.Describe(t, "openapi/gitea.json"),
		Prefix:       "/api/v1", Elsewhere: []string{"/api/v1/user", "/api/v1/orgs/acme"},
	}
	return contract.Around(t, fake)
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
	body := sourcetest.Shared(t, "examples/gitea/go-scm-repos.json")
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
