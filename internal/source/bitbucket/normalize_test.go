package bitbucket_test

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
		"nothing but a path": {
			raw:  `{"uuid":"{a}","full_name":"acme/x","mainbranch":null,"parent":null,"links":null,"language":""}`,
			want: project.Project{ExternalID: "{a}", Name: "x", FullPath: "acme/x", Owner: new("acme")},
		},
		"public, with words": {
			raw: `{"uuid":"{a}","full_name":"acme/x","name":"Größe 🚀","is_private":false,"language":"go","mainbranch":{"name":"dev"}}`,
			want: project.Project{
				ExternalID: "{a}", Name: "Größe 🚀", FullPath: "acme/x", Owner: new("acme"),
				Visibility: new("public"), Language: new("go"), DefaultBranch: new("dev"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := mustOpen(t, "token: x\n").Normalize([]byte(tc.raw))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestNormalizeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "token: x\n")
	for raw, want := range map[string]string{
		`null`:                            "not an object",
		`{"full_name":"a/x"}`:             "no uuid",
		`{"uuid":"{a}"}`:                  "no full_name",
		`{"uuid":"{a}","full_name":"x"}`:  "not a workspace and a repository",
		`{"uuid":"{a}","full_name":"a/"}`: "not a workspace and a repository",
		`{"uuid":"{a}","full_name":"a/x","created_on":"x"}`:        "created_on is a text, not a time",
		`{"uuid":"{a}","full_name":"a/x","mainbranch":{"name":7}}`: "mainbranch.name",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
