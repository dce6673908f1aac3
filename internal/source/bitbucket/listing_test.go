package bitbucket_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// listAll lists every partition, and returns how often each id came.
func listAll(ctx context.Context, src source.Source) (map[string]int, error) {
	plan, err := src.Plan(ctx)
	seen := map[string]int{}
	for _, part := range plan.Partitions {
		for page, err := range src.List(ctx, part, "") {
			if err != nil {
				return seen, err
			}
			for _, r := range page.Records {
				seen[r.ID]++
			}
		}
	}
	return seen, err
}

func TestTenThousandRepositories(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	f.spaces = []string{"acme", "beta"}
	f.change(func() {
		for i := range int64(10_000) {
			f.versions[1_600_000_000_000_000+10*i] = 1
		}
	})
	seen, err := listAll(t.Context(), service(t, f, "").New(t))
	if err != nil {
		t.Fatal(err)
	}
	twice := 0
	for _, times := range seen {
		if times != 1 {
			twice++
		}
	}
	if len(seen) != 10_000 || twice > 0 {
		t.Errorf("%d repositories came, %d of them more than once", len(seen), twice)
	}
	// An hour has 1,000 requests.
	if requests := len(f.requests); requests > 110 {
		t.Errorf("%d requests", requests)
	}
}

func TestPlanHasAPartitionForEachWorkspace(t *testing.T) {
	t.Parallel()
	f := newFake(t, []string{"10", "20", "30"})
	f.spaces = []string{"acme", "beta"}
	src := service(t, f, "").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, p := range plan.Partitions {
		names = append(names, p.Name)
	}
	if diff := cmp.Diff([]string{"workspace acme", "workspace beta"}, names); diff != "" || plan.Total == nil || *plan.Total != 3 {
		t.Errorf("total %v\n%s", plan.Total, diff)
	}
	f.quiet = true
	if plan, err = src.Plan(t.Context()); err != nil || plan.Total != nil {
		t.Errorf("total %v, %v, want none where none is stated", plan.Total, err)
	}
}

func TestNoWorkspaceIsNoEmptyListing(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	f.spaces = nil
	_, err := service(t, f, "").New(t).Plan(t.Context())
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Configuration || e.Code != "no_workspaces" {
		t.Errorf("got %v", err)
	}
}

// answers gives each request the next of some bodies, and the last for ever.
func answers(t *testing.T, yaml string, bodies ...string) source.Source {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		_, _ = w.Write([]byte(body))
	}))
	return mustOpen(t, "url: "+server.URL+"\ntoken: "+token+"\n"+yaml)
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	const (
		empty = `{"values":[]}`
		first = `{"values":[{"uuid":"{a}","created_on":"2020-01-01T00:00:00+00:00"},{"uuid":"{b}","created_on":"2021-01-01T00:00:00+00:00"}],"next":"https://h/2.0/x?page=2"}`
		named = "workspaces: [acme]\n"
	)
	tests := map[string]struct {
		yaml   string
		bodies []string
		code   string
	}{
		"filter overlooked":           {named, []string{empty, first, first}, "repeated_page"},
		"no order":                    {named, []string{empty, `{"values":[{"uuid":"{a}","created_on":"2021-01-01T00:00:00Z"},{"uuid":"{b}","created_on":"2020-01-01T00:00:00Z"}]}`}, "not_in_order"},
		"no created_on":               {named, []string{empty, `{"values":[{"uuid":"{a}","created_on":null}]}`}, "no_created_on"},
		"next to itself":              {named, []string{empty, `{"values":[null],"next":"/2.0/x?page=2"}`}, "repeated_page"},
		"next that is none":           {named, []string{empty, `{"values":[],"next":7}`}, "bad_next_address"},
		"next with the credential":    {named, []string{empty, `{"values":[null],"next":"/2.0/x?access_token=` + token + `"}`}, "bad_next_address"},
		"no list":                     {named, []string{empty, `{"type":"error"}`}, "not_a_list"},
		"workspaces without a name":   {"", []string{`{"values":[{"workspace":{"uuid":"{x}"}}]}`}, "no_workspace"},
		"null for a workspace":        {"", []string{`{"values":[null]}`}, "no_workspace"},
		"workspaces that never end":   {"", []string{`{"values":[{"slug":"a"}],"next":"/2.0/user/workspaces?page=2"}`}, "repeated_page"},
		"workspaces with a bad next":  {"", []string{`{"values":[{"slug":"a"}],"next":"ftp://h/x"}`}, "bad_next_address"},
		"workspaces that are no list": {"", []string{`{"values":null}`}, "not_a_list"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := listAll(t.Context(), answers(t, tc.yaml, tc.bodies...))
			e, ok := errors.AsType[*source.Error](err)
			if !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" || strings.Contains(err.Error()+e.Sample, token) {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

// TestNextIsFollowedOnlyAtOneMoment has more repositories created at once than
// a page holds, and next name a host that nobody must ask.
func TestNextIsFollowedOnlyAtOneMoment(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	f.together = 25
	f.change(func() {
		for i := range int64(60) {
			f.versions[1_600_000_000_000_000+10*i] = 1
		}
	})
	seen, err := listAll(t.Context(), service(t, f, "workspace: acme\nper_page: 10\n").New(t))
	if err != nil || len(seen) != 60 {
		t.Fatalf("%d repositories, %v", len(seen), err)
	}
	followed, filtered := 0, 0
	for _, request := range f.requests {
		u, err := url.Parse(request)
		if err != nil {
			t.Fatal(err)
		}
		if u.Query().Has("page") {
			followed++
		} else if u.Query().Has("q") {
			filtered++
		}
	}
	if followed == 0 || filtered == 0 {
		t.Errorf("%d pages by next and %d by moment: %s", followed, filtered, f.requests)
	}
}

// TestRealPayloads lists the pages of the vendor's, whose next names another
// host and listing.
func TestRealPayloads(t *testing.T) {
	t.Parallel()
	bodies := []string{}
	for _, name := range []string{"go-scm-repos.json", "go-scm-repos.json", "go-scm-repos-2.json"} {
		body := sourcetest.Shared(t, "examples/bitbucket/"+name)
		bodies = append(bodies, string(body))
	}
	src := answers(t, "workspaces: [atlassian]\n", bodies...)
	seen, err := listAll(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"{7dd600e6-0d9c-4801-b967-cb4cc17359ff}": 1}, seen); diff != "" {
		t.Error(diff)
	}
	elements, err := source.SplitArray([]byte(bodies[0]), "values")
	if err != nil {
		t.Fatal(err)
	}
	got, err := src.Normalize(elements[0])
	want := project.Project{
		ExternalID: "{7dd600e6-0d9c-4801-b967-cb4cc17359ff}", Name: "stash-example-plugin", FullPath: "atlassian/stash-example-plugin",
		Description: new("Examples on how to decorate various pages around Stash."),
		WebURL:      new("https://bitbucket.org/atlassian/stash-example-plugin"), Visibility: new("private"),
		DefaultBranch: new("master"), Owner: new("atlassian"),
		CreatedAt: new(time.Date(2013, 4, 15, 3, 5, 5, 595458e3, time.UTC)),
		UpdatedAt: new(time.Date(2018, 4, 1, 16, 36, 35, 970175e3, time.UTC)),
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestRealEmptyPage(t *testing.T) {
	t.Parallel()
	body := sourcetest.Shared(t, "examples/bitbucket/go-scm-repos_empty.json")
	src := answers(t, "workspaces: [acme]\n", string(body))
	plan, err := src.Plan(t.Context())
	seen, errList := listAll(t.Context(), src)
	if err != nil || errList != nil || len(seen) != 0 || plan.Total == nil || *plan.Total != 0 {
		t.Errorf("%+v, %v, %v, %v", plan, seen, err, errList)
	}
}
