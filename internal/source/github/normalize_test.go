package github_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	bare := project.Project{ExternalID: "7", Name: "x", FullPath: "a/x"}
	with := func(change func(*project.Project)) project.Project {
		p := bare
		change(&p)
		return p
	}
	tests := map[string]struct {
		raw  string
		want project.Project
	}{
		"every column": {
			raw: `{"id":9007199254740993,"name":"größe","full_name":"a/größe","description":"🚀","html_url":"https://github.com/a/x",
				"visibility":"internal","private":true,"archived":true,"default_branch":"main","owner":{"login":"a"},"topics":["x",null,"y"],
				"language":"Go","license":{"key":"mit","spdx_id":"MIT"},"stargazers_count":3,"forks_count":4,
				"created_at":"2015-03-03T18:37:05Z","updated_at":"2026-01-02T03:04:05+02:00","pushed_at":"2026-02-03T04:05:06Z"}`,
			want: project.Project{
				ExternalID: "9007199254740993", Name: "größe", FullPath: "a/größe", Description: new("🚀"), WebURL: new("https://github.com/a/x"),
				Visibility: new("internal"), Archived: new(true), DefaultBranch: new("main"), Owner: new("a"), Topics: []string{"x", "y"},
				Language: new("Go"), License: new("mit"), Stars: new(int64(3)), Forks: new(int64(4)),
				CreatedAt:      new(time.Date(2015, 3, 3, 18, 37, 5, 0, time.UTC)),
				UpdatedAt:      new(time.Date(2026, 1, 2, 1, 4, 5, 0, time.UTC)),
				LastActivityAt: new(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)),
			},
		},
		"bare, public":  {raw: `{"id":7,"name":"x","full_name":"a/x","private":false}`, want: with(func(p *project.Project) { p.Visibility = new("public") })},
		"bare, private": {raw: `{"id":7,"name":"x","full_name":"a/x","private":true}`, want: with(func(p *project.Project) { p.Visibility = new("private") })},
		"never pushed":  {raw: `{"id":7,"name":"x","full_name":"a/x","pushed_at":null,"license":null,"language":null}`, want: bare},
		"without name":  {raw: `{"id":7,"name":null,"full_name":"a/x","owner":null}`, want: bare},
	}
	src := mustOpen(t, "org: acme\n")
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
	src := mustOpen(t, "org: acme\n")
	for raw, want := range map[string]string{
		`null`:                                                  "not an object",
		`{"name":"x","full_name":"a/x"}`:                        "no id",
		`{"id":"x","full_name":"a/x"}`:                          "whole number",
		`{"id":0,"full_name":"a/x"}`:                            "whole number",
		`{"id":7,"name":"x"}`:                                   "no full_name",
		`{"id":7,"name":7,"full_name":"a/x"}`:                   "name is a number, not a text",
		`{"id":7,"full_name":"a/x","forks_count":"3"}`:          "forks_count is a text",
		`{"id":7,"full_name":"a/x","created_at":"99999-01-01"}`: "created_at is a text, not a time",
		`{"id":7,"full_name":"a/x","private":"no"}`:             "not true or false",
		`{"id":7,"full_name":"a/x","owner":{"login":false}}`:    "owner.login",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
