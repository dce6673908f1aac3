package jira_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/jira"
	"holdfast/internal/source/sourcetest"
)

// TestRealInstance lists the 567 projects of a real Jira.
func TestRealInstance(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/jira/go-jira-dc-all_projects.json")
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_, _ = w.Write(body)
	}))
	src := mustOpen(t, jira.DataCenterDriver(), "url: "+server.URL+"\n")
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	projects, categorized := map[string]project.Project{}, 0
	for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range page.Records {
			p, err := src.Normalize(record.Raw)
			if err != nil || record.Err != nil || p.ExternalID != record.ID {
				t.Fatalf("%s: %v, %v", record.Raw, err, record.Err)
			}
			projects[p.ExternalID] = p
			categorized += len(p.Topics)
		}
	}
	if len(projects) != 567 || categorized != 511 {
		t.Errorf("%d projects, %d with a category, want 567 and 511", len(projects), categorized)
	}
	want := project.Project{
		ExternalID: "10730", Name: " Agila", FullPath: "AGILA", Topics: []string{"Retired"},
		WebURL: new("https://issues.apache.org/jira/browse/AGILA"),
	}
	if diff := cmp.Diff(want, projects["10730"]); diff != "" {
		t.Error(diff)
	}
}

func TestRealPage(t *testing.T) {
	t.Parallel()
	elements, err := source.SplitArray(sourcetest.Shared(t, "examples/jira/openapi-project-search.json"), "values")
	if err != nil || len(elements) != 2 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	got, err := mustOpen(t, jira.CloudDriver(), "url: https://your-domain.atlassian.net\n").Normalize(elements[1])
	want := project.Project{
		ExternalID: "10001", Name: "Alphabetical", FullPath: "ABC", Topics: []string{"FIRST"},
		WebURL:         new("https://your-domain.atlassian.net/browse/ABC"),
		LastActivityAt: new(time.Date(2022, 7, 15, 9, 19, 41, 802e6, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		raw  string
		want project.Project
	}{
		"every column": {
			raw: `{"self":"https://h/jira/rest/api/2/project/10","id":"10","key":"A_1","name":"Größe 🚀","description":"d","url":"https://home.example",
				"lead":{"displayName":"Ann"},"archived":true,"projectCategory":{"name":"c"},"insight":{"lastIssueUpdateTime":"2021-01-01T00:00:00.000+0200"}}`,
			want: project.Project{
				ExternalID: "10", Name: "Größe 🚀", FullPath: "A_1", Description: new("d"), WebURL: new("https://h/jira/browse/A_1"),
				Archived: new(true), Owner: new("Ann"), Topics: []string{"c"}, LastActivityAt: new(time.Date(2020, 12, 31, 22, 0, 0, 0, time.UTC)),
			},
		},
		"bare":                {raw: `{"id":10,"key":"A"}`, want: project.Project{ExternalID: "10", Name: "A", FullPath: "A"}},
		"nulls":               {raw: `{"id":"10","key":"A","name":null,"lead":null,"insight":null,"self":null}`, want: project.Project{ExternalID: "10", Name: "A", FullPath: "A"}},
		"behind the gateway":  {raw: `{"id":"10","key":"A","self":"https://api.atlassian.com/ex/jira/1/rest/api/3/project/10"}`, want: project.Project{ExternalID: "10", Name: "A", FullPath: "A"}},
		"address of no API":   {raw: `{"id":"10","key":"A","self":"https://h/x"}`, want: project.Project{ExternalID: "10", Name: "A", FullPath: "A"}},
		"without last change": {raw: `{"id":"10","key":"A","insight":{"totalIssueCount":0}}`, want: project.Project{ExternalID: "10", Name: "A", FullPath: "A"}},
	}
	src := mustOpen(t, jira.CloudDriver(), "url: https://h\n")
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
	src := mustOpen(t, jira.DataCenterDriver(), "url: https://h\n")
	for raw, want := range map[string]string{
		`null`:                                     "not an object",
		`{"key":"A"}`:                              "no id",
		`{"id":"x","key":"A"}`:                     "whole number",
		`{"id":"007","key":"A"}`:                   "whole number",
		`{"id":"7"}`:                               "no key",
		`{"id":"7","key":""}`:                      "no key",
		`{"id":"7","key":"A","name":7}`:            "name is a number",
		`{"id":"7","key":"A","archived":"no"}`:     "not true or false",
		`{"id":"7","key":"A","projectCategory":1}`: "",
	} {
		_, err := src.Normalize([]byte(raw))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q in it", raw, err, want)
		}
	}
}
