package bitbucketdc_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		raw  string
		want project.Project
	}{
		"every column": {
			raw: `{"slug":"size","id":9007199254740993,"name":"Größe 🚀","description":"d","state":"AVAILABLE","public":false,"archived":true,
				"defaultBranch":"refs/heads/dev","project":{"key":"ACME","public":false},"links":{"self":[{"href":"https://h/projects/ACME/repos/size/browse"}]}}`,
			want: project.Project{
				ExternalID: "9007199254740993", Name: "Größe 🚀", FullPath: "ACME/size", Description: new("d"), Owner: new("ACME"),
				WebURL: new("https://h/projects/ACME/repos/size/browse"), Visibility: new("private"), Archived: new(true), DefaultBranch: new("dev"),
			},
		},
		"old and bare":        {raw: `{"id":7,"slug":"x","project":{"key":"~ann"},"links":null}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "~ann/x", Owner: new("~ann")}},
		"public":              {raw: `{"id":7,"slug":"x","public":true,"project":{"key":"A"}}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "A/x", Owner: new("A"), Visibility: new("public")}},
		"in a public project": {raw: `{"id":7,"slug":"x","public":false,"project":{"key":"A","public":true}}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "A/x", Owner: new("A"), Visibility: new("public")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mustOpen(t, "url: https://h\n").Normalize([]byte(tc.raw))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestNormalizeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://h\n")
	for raw, want := range map[string]string{
		`null`:                               "not an object",
		`{"slug":"x","project":{"key":"A"}}`: "no id",
		`{"id":"x","slug":"x","project":{"key":"A"}}`:              "whole number",
		`{"id":7,"project":{"key":"A"}}`:                           "no slug",
		`{"id":7,"slug":"x","project":null}`:                       "project.key",
		`{"id":7,"slug":"x","project":{"key":7}}`:                  "project.key is a number",
		`{"id":7,"slug":"x","project":{"key":"A"},"public":"yes"}`: "public is a text",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
