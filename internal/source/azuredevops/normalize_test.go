package azuredevops_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
)

const id = "91f0d4cb-4c36-49a5-b28d-2d72da089c4d"

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		list, raw string
		want      project.Project
	}{
		"project": {
			list: "projects",
			raw: `{"id":"` + id + `","name":"Größe & 🚀","description":"d","url":"https://dev.azure.com/acme/_apis/projects/` + id + `","visibility":"public",
				"lastUpdateTime":"2022-02-24T15:31:27.89Z"}`,
			want: project.Project{
				ExternalID: id, Name: "Größe & 🚀", FullPath: "Größe & 🚀", Description: new("d"), Visibility: new("public"),
				WebURL:    new("https://dev.azure.com/acme/Gr%C3%B6%C3%9Fe%20&%20%F0%9F%9A%80"),
				UpdatedAt: new(time.Date(2022, 2, 24, 15, 31, 27, 890e6, time.UTC)),
			},
		},
		"project without a date": {
			list: "projects", raw: `{"id":"` + id + `","name":"x","lastUpdateTime":"0001-01-01T00:00:00","url":"https://h/elsewhere"}`,
			want: project.Project{ExternalID: id, Name: "x", FullPath: "x"},
		},
		"disabled repository": {
			raw: `{"id":"` + id + `","name":"x","isDisabled":true,"defaultBranch":"refs/heads/feature/a","project":{"name":"P"},"remoteUrl":"https://u:p@h/P/_git/x"}`,
			want: project.Project{ExternalID: id, Name: "x", FullPath: "P/x", Owner: new("P"), Archived: new(true),
				DefaultBranch: new("feature/a"), WebURL: new("https://h/P/_git/x")},
		},
		"empty repository": {raw: `{"id":"` + id + `","name":"x","project":null,"defaultBranch":null,"remoteUrl":"%"}`,
			want: project.Project{ExternalID: id, Name: "x", FullPath: "x"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.list == "" {
				tc.list = "repositories"
			}
			got, err := mustOpen(t, "url: https://dev.azure.com/acme\nlist: "+tc.list+"\n").Normalize([]byte(tc.raw))
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestNormalizeRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "url: https://dev.azure.com/acme\n")
	for raw, want := range map[string]string{
		`null`:                          "not an object",
		`{"name":"x"}`:                  "no id",
		`{"id":7,"name":"x"}`:           "not a GUID",
		`{"id":"` + id + `"}`:           "no name",
		`{"id":"` + id + `","name":""}`: "no name",
		`{"id":"` + id + `","name":7}`:  "name is a number",
		`{"id":"` + id + `","name":"x","isDisabled":"no"}`:    "not true or false",
		`{"id":"` + id + `","name":"x","project":{"name":7}}`: "project.name",
	} {
		if _, err := src.Normalize([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
