package gitlab_test

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

// newContract holds requests and answers against GitLab's own description, whose
// slice leaves out how keyset paging is asked for.
func newContract(t *testing.T, fake http.Handler) http.Handler {
	t.Helper()
	contract := sourcetest.Contract{
		Descriptions: sourcetest.Describe(t, "openapi/gitlab.json"), Undescribed: []string{"pagination"},
	}
	return contract.Around(t, fake)
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
	body := sourcetest.Shared(t, "examples/gitlab/go-scm-repos.json")
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
