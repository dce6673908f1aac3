package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// example returns the options of an example in docs/sources/http.md for a
// service at another address.
func example(t *testing.T, name, url string) string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/sources/http.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "```yaml\n- name: "+name)
	if !found {
		t.Fatalf("there is no example %s", name)
	}
	_, after, _ = strings.Cut(after, "\n") // a comment may follow the name
	block, _, _ := strings.Cut(after, "```")
	block = strings.Replace(block, "  kind: http\n", "", 1)
	block = regexp.MustCompile(`(?m)^  url: .*$`).ReplaceAllLiteralString(block, "  url: "+url)
	return strings.ReplaceAll("\n"+block, "\n  ", "\n")
}

// TestVendorPayloads lists what vendors really send with the documented options.
func TestVendorPayloads(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pages   map[string]string // files by the position that a request asks for
		records int
		odd     []string
		paths   []string // of the first projects
	}{
		"jira-dc": {
			pages: map[string]string{"": "jira/go-jira-dc-all_projects.json"}, records: 567, paths: []string{"AGILA", "AAR"},
		},
		"github-acme": {
			pages: map[string]string{"": "github/go-scm-reposWithNull.json"}, records: 1,
			odd: []string{"the record is null, not an object"}, paths: []string{"octocat/Hello-World"},
		},
		"bitbucket-acme": {
			pages: map[string]string{"": "bitbucket/go-scm-repos.json", "after=": "bitbucket/go-scm-repos-2.json"},
			// Both pages hold the same repository.
			records: 1, paths: []string{"atlassian/stash-example-plugin", "atlassian/stash-example-plugin"},
		},
		"azure-devops": {
			pages: map[string]string{"": "azure/go-scm-projects.json"}, records: 1, paths: []string{"test_project"},
		},
		"redmine": {
			pages: map[string]string{"offset=0": "redmine/projects.SHAPE-ONLY.json"}, records: 2, paths: []string{"ecookbook", "subproject1"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := map[string][]byte{}
			for position, file := range tc.pages {
				answers[position] = sourcetest.Shared(t, "examples/"+file)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json;charset=UTF-8")
				for position, answer := range answers {
					if position != "" && strings.Contains(r.URL.RawQuery, position) {
						_, _ = w.Write(answer)
						return
					}
				}
				_, _ = w.Write(answers[""])
			}))
			t.Cleanup(server.Close)
			src := mustOpen(t, example(t, name, server.URL))
			pages, err := read(t.Context(), src, "")
			if err != nil {
				t.Fatal(err)
			}
			checkVendor(t, src, pages, tc.records, tc.odd, tc.paths)
		})
	}
}

func checkVendor(t *testing.T, src source.Source, pages []source.Page, records int, odd, paths []string) {
	t.Helper()
	var gotOdd, gotPaths []string
	ids := map[string]bool{}
	for _, page := range pages {
		for _, record := range page.Records {
			if record.Err != nil {
				gotOdd = append(gotOdd, record.Err.Error())
				continue
			}
			ids[record.ID] = true
			p, err := src.Normalize(record.Raw)
			if err != nil || p.ExternalID != record.ID || p.Name == "" {
				t.Errorf("%+v, %v is read from %s", p, err, record.Raw)
			}
			if len(gotPaths) < len(paths) {
				gotPaths = append(gotPaths, p.FullPath)
			}
		}
	}
	if len(ids) != records {
		t.Errorf("%d records, want %d", len(ids), records)
	}
	if diff := cmp.Diff(odd, gotOdd); diff != "" {
		t.Errorf("odd elements (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(paths, gotPaths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// TestVendorsRateLimit reads an answer as Asana gave it.
func TestVendorsRateLimit(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/errors/asana-429.json")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	_, err := read(t.Context(), mustOpen(t, "url: "+server.URL+asana), "")
	checkError(t, err, source.Error{Kind: source.RateLimit, Code: "rate_limited", RetryAfter: 30 * time.Second})
}
