package gitlab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  string
		want project.Project
	}{
		"every column": {
			raw: `{"id":9007199254740993,"name":"Größe 🚀","path_with_namespace":"a/b/size","description":"d","web_url":"https://h/a/b/size",
				"visibility":"internal","archived":true,"default_branch":"main","namespace":{"full_path":"a/b"},"topics":["x",null,"y"],
				"license":{"key":"mit","name":"MIT License"},"star_count":3,"forks_count":4,
				"created_at":"2015-03-03T18:37:05.387Z","updated_at":"2026-01-02T03:04:05+02:00","last_activity_at":"2026-02-03T04:05:06Z"}`,
			want: project.Project{
				ExternalID: "9007199254740993", Name: "Größe 🚀", FullPath: "a/b/size", Description: new("d"), WebURL: new("https://h/a/b/size"),
				Visibility: new("internal"), Archived: new(true), DefaultBranch: new("main"), Owner: new("a/b"), Topics: []string{"x", "y"},
				License: new("mit"), Stars: new(int64(3)), Forks: new(int64(4)),
				CreatedAt:      new(time.Date(2015, 3, 3, 18, 37, 5, 387e6, time.UTC)),
				UpdatedAt:      new(time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC)),
				LastActivityAt: new(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)),
			},
		},
		"anonymous": {
			raw:  `{"id":7,"name":"x","path_with_namespace":"a/x","default_branch":null,"namespace":null}`,
			want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"},
		},
		"old tags":      {raw: `{"id":7,"name":"x","path_with_namespace":"a/x","tag_list":["t"]}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x", Topics: []string{"t"}}},
		"without name":  {raw: `{"id":7,"name":null,"path_with_namespace":"a/x"}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"}},
		"empty name":    {raw: `{"id":7,"name":"","path_with_namespace":"a/x"}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"}},
		"without owner": {raw: `{"id":7,"name":"x","path_with_namespace":"a/x","namespace":{"id":1}}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"}},
	}
	src := mustOpen(t, "url: https://gitlab.com\n")
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := src.Normalize([]byte(tc.raw))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestNormalizeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://gitlab.com\n")
	for raw, want := range map[string]string{
		`null`: "not an object",
		`{"name":"x","path_with_namespace":"a/x"}`:                             "no id",
		`{"id":"x","name":"x","path_with_namespace":"a/x"}`:                    "whole number",
		`{"id":0,"name":"x","path_with_namespace":"a/x"}`:                      "whole number",
		`{"id":7,"name":"x"}`:                                                  "no path_with_namespace",
		`{"id":7,"name":7,"path_with_namespace":"a/x"}`:                        "name is a number, not a text",
		`{"id":7,"path_with_namespace":"a/x","star_count":"3"}`:                "star_count is a text",
		`{"id":7,"path_with_namespace":"a/x","created_at":"99999-01-01"}`:      "created_at is a text, not a time",
		`{"id":7,"path_with_namespace":"a/x","topics":[{"name":"t"}]}`:         "not a list of texts",
		`{"id":7,"path_with_namespace":"a/x","archived":"no"}`:                 "not true or false",
		`{"id":7,"path_with_namespace":"a/x","namespace":{"full_path":false}}`: "namespace.full_path",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
