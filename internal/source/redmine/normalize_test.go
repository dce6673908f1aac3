package redmine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestPayloadOfTheDocumentation(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/redmine/projects.SHAPE-ONLY.json")
	elements, err := source.SplitArray(body, "projects")
	if err != nil || len(elements) != 2 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	got, err := mustOpen(t, "url: https://example.com/redmine/\n").Normalize(elements[0])
	if err != nil {
		t.Fatal(err)
	}
	want := project.Project{
		ExternalID: "1", Name: "eCookbook", FullPath: "ecookbook", Description: new("Recipes management application"),
		WebURL: new("https://example.com/redmine/projects/ecookbook"), Visibility: new("public"), Archived: new(false),
		CreatedAt: new(time.Date(2006, 7, 19, 17, 13, 59, 0, time.UTC)),
		UpdatedAt: new(time.Date(2006, 7, 19, 20, 53, 1, 0, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPayloadOfARealServer is what Debian's Redmine 5.0.4 answers, and what
// older ones leave out.
func TestPayloadOfARealServer(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://h\n")
	for raw, want := range map[string]project.Project{
		`{"id":5,"name":"P 4","identifier":"p-4","description":null,"status":5,"is_public":false,"inherit_members":false,` +
			`"created_on":"2026-11-23T08:36:08Z","updated_on":"2026-11-23T08:36:08Z"}`: {
			ExternalID: "5", Name: "P 4", FullPath: "p-4", WebURL: new("https://h/projects/p-4"),
			Visibility: new("private"), Archived: new(true),
			CreatedAt: new(time.Date(2026, 11, 23, 8, 36, 8, 0, time.UTC)), UpdatedAt: new(time.Date(2026, 11, 23, 8, 36, 8, 0, time.UTC)),
		},
		`{"id":6,"name":"","identifier":"a b","created_on":null}`: {
			ExternalID: "6", Name: "a b", FullPath: "a b", WebURL: new("https://h/projects/a%20b"),
		},
	} {
		got, err := src.Normalize([]byte(raw))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	for _, raw := range []string{`{"id":1}`, `{"id":1,"identifier":""}`, `{"id":"x","identifier":"x"}`, `{"id":1,"identifier":"x","status":"open"}`} {
		if got, err := src.Normalize([]byte(raw)); err == nil {
			t.Errorf("%s is read as %+v", raw, got)
		}
	}
}
