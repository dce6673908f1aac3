package gitea_test

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
			raw: `{"id":9007199254740993,"name":"size","full_name":"b/size","description":"Größe 🚀","html_url":"https://h/b/size","private":true,
				"archived":true,"default_branch":"main","owner":{"login":"b"},"topics":["x",null,"y"],"language":"Go","licenses":["MIT","0BSD"],
				"stars_count":3,"forks_count":4,"created_at":"2015-03-03T18:37:05Z","updated_at":"2026-01-02T03:04:05+02:00"}`,
			want: project.Project{
				ExternalID: "9007199254740993", Name: "size", FullPath: "b/size", Description: new("Größe 🚀"), WebURL: new("https://h/b/size"),
				Visibility: new("private"), Archived: new(true), DefaultBranch: new("main"), Owner: new("b"), Topics: []string{"x", "y"},
				Language: new("Go"), License: new("MIT, 0BSD"), Stars: new(int64(3)), Forks: new(int64(4)),
				CreatedAt: new(time.Date(2015, 3, 3, 18, 37, 5, 0, time.UTC)),
				UpdatedAt: new(time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC)),
			},
		},
		"nothing but a path": {raw: `{"id":7,"full_name":"a/x","owner":null}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"}},
		"zero values": {
			raw:  `{"id":7,"full_name":"a/x","default_branch":"","language":"","licenses":[],"created_at":"0001-01-01T00:00:00Z","updated_at":"1970-01-01T00:00:00Z"}`,
			want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"},
		},
		"internal": {raw: `{"id":7,"full_name":"a/x","private":false,"internal":true}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x", Visibility: new("internal")}},
		"public":   {raw: `{"id":7,"full_name":"a/x","private":false}`, want: project.Project{ExternalID: "7", Name: "x", FullPath: "a/x", Visibility: new("public")}},
	}
	src := mustOpen(t, "url: https://codeberg.org\n")
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
	src := mustOpen(t, "url: https://codeberg.org\n")
	for raw, want := range map[string]string{
		`null`:                                              "not an object",
		`{"full_name":"a/x"}`:                               "no id",
		`{"id":"x","full_name":"a/x"}`:                      "whole number",
		`{"id":0,"full_name":"a/x"}`:                        "whole number",
		`{"id":7,"name":"x"}`:                               "no full_name",
		`{"id":7,"full_name":"a/"}`:                         "no name",
		`{"id":7,"full_name":"a/x","private":"no"}`:         "not true or false",
		`{"id":7,"full_name":"a/x","created_at":"x"}`:       "created_at is a text, not a time",
		`{"id":7,"full_name":"a/x","owner":{"login":[]}}`:   "owner.login",
		`{"id":7,"full_name":"a/x","licenses":[{"k":"v"}]}`: "not a list of texts",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
