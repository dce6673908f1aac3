package github_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// newContract holds requests and answers against GitHub's own description,
// which does not hold the requests for an App's tokens.
func newContract(t *testing.T, fake http.Handler) http.Handler {
	t.Helper()
	contract := sourcetest.Contract{
		Descriptions: sourcetest.Describe(t, "openapi/github.json"),
		Prefix:       api, Elsewhere: []string{api + "/app/installations/77/access_tokens"},
	}
	return contract.Around(t, fake)
}

// described makes records that have all members of the description, from an
// example inside it.
func described(t *testing.T) func(id, version int64) string {
	t.Helper()
	body := sourcetest.Shared(t, "examples/github/openapi-repository-paginated-2.json")
	var answer struct {
		Repositories []map[string]any `json:"repositories"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Repositories) == 0 {
		t.Fatalf("%d repositories, %v", len(answer.Repositories), err)
	}
	return func(id, version int64) string {
		record := maps.Clone(answer.Repositories[0])
		record["id"], record["stargazers_count"] = id, version
		made, err := json.Marshal(record)
		if err != nil {
			t.Error(err)
		}
		return string(made)
	}
}

func TestRequestsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for name, yaml := range map[string]string{
		"organization":      "org: acme\nper_page: 30\nvisibility: private\n",
		"user":              "user: ann\nper_page: 30\n",
		"the account's own": "per_page: 30\nvisibility: public\naffiliation: [owner, collaborator]\n",
		"public":            "public: true\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := many(t, 150)
			f.record, f.clamp = described(t), 30
			server := sourcetest.NewServer(t, newContract(t, f))
			src := mustOpen(t, "url: "+server.URL+"\ntoken: ${TOKEN}\n"+yaml)
			if got := listAll(t, src); len(got) != 150 {
				t.Errorf("%d repositories, want 150", len(got))
			}
			if own, ok := src.(source.Incremental); ok {
				f.Update("7")
				plan, err := own.PlanSince(t.Context(), time.Now())
				if err != nil {
					t.Fatal(err)
				}
				if got := listPlan(t, src, plan); len(got) != 1 {
					t.Errorf("%d repositories changed, want one", len(got))
				}
			}
		})
	}
}

func TestInstallationIsThatOfTheContract(t *testing.T) {
	t.Parallel()
	f := many(t, 70)
	f.record = described(t)
	key := newKey(t)
	f.installation = &installation{key: key, life: time.Hour}
	server := sourcetest.NewServer(t, newContract(t, f))
	src := mustOpen(t, "url: "+server.URL+"\nper_page: 30\napp_id: 4711\ninstallation_id: 77\nprivate_key_file: "+keyFile(t, key)+"\n")
	if got := listAll(t, src); len(got) != 70 {
		t.Errorf("%d repositories, want 70", len(got))
	}
}

// TestRealPayloads reads recorded answers and the examples of the description.
func TestRealPayloads(t *testing.T) {
	t.Parallel()
	src := mustOpen(t, "org: acme\n")
	for name, want := range map[string]struct {
		items    string
		ids, odd int
	}{
		"go-scm-repos.json":                              {ids: 1},
		"go-scm-reposWithNull.json":                      {ids: 1, odd: 1},
		"openapi-minimal-repository-items.json":          {ids: 1},
		"openapi-public-repository-items.json":           {ids: 1},
		"openapi-repository-items-default-response.json": {ids: 1},
		"openapi-repository-paginated-2.json":            {items: "repositories", ids: 1},
	} {
		body := sourcetest.Shared(t, "examples/github/"+name)
		elements, err := source.SplitArray(body, want.items)
		if err != nil || len(elements) != want.ids+want.odd {
			t.Errorf("%s: %d elements, %v", name, len(elements), err)
			continue
		}
		for i, element := range elements {
			p, err := src.Normalize(element)
			if i >= want.ids {
				if err == nil {
					t.Errorf("%s: %s is read as %+v", name, element, p)
				}
				continue
			}
			if err != nil || p.ExternalID != strconv.Itoa(1296269) || p.FullPath != "octocat/Hello-World" {
				t.Errorf("%s: %+v, %v", name, p, err)
			}
		}
	}
}

// TestNullElementIsListedApart serves a recorded answer that holds one.
func TestNullElementIsListedApart(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/github/go-scm-reposWithNull.json")
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Query().Get("page") == "2" && r.URL.Query().Get("per_page") == "100" {
			body = []byte("[]")
		}
		_, _ = w.Write(body)
	}))
	src := mustOpen(t, "url: "+server.URL+"\norg: octocat\n")
	got := []string{}
	for page, err := range src.List(t.Context(), partition(t, "/orgs/octocat/repos"), "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Records {
			text := r.ID
			if r.Err != nil {
				text = r.Err.Error()
			}
			got = append(got, text)
		}
	}
	if diff := cmp.Diff([]string{"1296269", "the record is null, not an object"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRealPayload(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/github/go-scm-repos.json")
	elements, err := source.SplitArray(body, "")
	if err != nil || len(elements) != 1 {
		t.Fatalf("%d elements, %v", len(elements), err)
	}
	got, err := mustOpen(t, "org: acme\n").Normalize(elements[0])
	if err != nil {
		t.Fatal(err)
	}
	want := project.Project{
		ExternalID: "1296269", Name: "Hello-World", FullPath: "octocat/Hello-World", Description: new("This your first repo!"),
		WebURL: new("https://github.com/octocat/Hello-World"), Visibility: new("public"), Archived: new(false),
		DefaultBranch: new("master"), Owner: new("octocat"), Topics: []string{"octocat", "atom", "electron", "API"},
		License: new("mit"), Stars: new(int64(80)), Forks: new(int64(9)),
		CreatedAt:      new(time.Date(2011, 1, 26, 19, 1, 12, 0, time.UTC)),
		UpdatedAt:      new(time.Date(2011, 1, 26, 19, 14, 43, 0, time.UTC)),
		LastActivityAt: new(time.Date(2011, 1, 26, 19, 6, 43, 0, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
