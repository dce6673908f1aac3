package openproject_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// list reads a whole source, each page with a source of its own, and returns
// how often each id came.
func list(t *testing.T, s *sourcetest.Service) (map[string]int, error) {
	t.Helper()
	plan, err := s.New(t).Plan(t.Context())
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for _, part := range plan.Partitions {
		if err := listPartition(t, s, part, seen); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func listPartition(t *testing.T, s *sourcetest.Service, part source.Partition, seen map[string]int) error {
	t.Helper()
	cursor := source.Cursor("")
	for {
		var page source.Page
		var err error
		for page, err = range s.New(t).List(t.Context(), part, cursor) {
			break
		}
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			seen[r.ID]++
		}
		if page.Last {
			return nil
		}
		cursor = page.Next
	}
}

// numbered fills a fake with projects 1 to n.
func numbered(t *testing.T, n int) *fake {
	t.Helper()
	f := newFake(t, nil)
	for i := range n {
		f.Add(strconv.Itoa(1 + i))
	}
	return f
}

func TestTenThousandProjects(t *testing.T) {
	t.Parallel()
	const n = 10_000
	f := numbered(t, n)
	seen, err := list(t, service(t, f, withToken))
	if err != nil || len(seen) != n {
		t.Fatalf("%d of %d projects came: %v", len(seen), n, err)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", id, times)
		}
	}
	if f.pages > n/80 {
		t.Errorf("%d requests for %d projects", f.pages, n)
	}
}

func TestArchivedProjects(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]map[string]int{
		"":                  {"1": 1, "2": 1},
		"archived: true\n":  {"2": 1},
		"archived: false\n": {"1": 1},
	} {
		f := numbered(t, 2)
		f.archived[2] = true
		seen, err := list(t, service(t, f, withToken+yaml))
		if diff := cmp.Diff(want, seen); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", yaml, err, diff)
		}
	}
}

// TestMassRemoval removes almost all that was read, the last ids among them.
func TestMassRemoval(t *testing.T) {
	t.Parallel()
	f := numbered(t, 200)
	f.onPage = func(int) {
		if f.pages == 7 {
			for id := range int64(95) {
				delete(f.Versions, id+2)
			}
		}
	}
	seen, err := list(t, service(t, f, withToken+"per_page: 20\npartitions: 1\n"))
	if err != nil || len(seen) < 105 {
		t.Errorf("%d projects came: %v", len(seen), err)
	}
	for id := range f.Truth() {
		if seen[id] == 0 {
			t.Errorf("%s was there all along and did not come", id)
		}
	}
}

// TestManyComeInFront has more projects than a page come into view in front of
// the place, as when they are made public.
func TestManyComeInFront(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 100 {
		f.Add(strconv.Itoa(1000 + i))
	}
	f.onPage = func(int) {
		if f.pages == 5 {
			for id := range int64(90) {
				f.Versions[id+1] = 1
			}
		}
	}
	seen, err := list(t, service(t, f, withToken+"per_page: 20\npartitions: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if id := strconv.Itoa(1000 + i); seen[id] == 0 {
			t.Errorf("%s was there all along and did not come", id)
		}
	}
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	nulls := strings.TrimSuffix(strings.Repeat("null,", 20), ",")
	for name, tc := range map[string]struct{ code, envelope, elements string }{
		"no size":            {"unknown_envelope", `"total":5,"offset":1`, ``},
		"total is a text":    {"unknown_envelope", `"total":"5","offset":1,"pageSize":20`, ``},
		"another page":       {"repeated_page", `"total":50,"offset":2,"pageSize":20`, ``},
		"larger pages":       {"repeated_page", `"total":50,"offset":1,"pageSize":50`, ``},
		"more than it says":  {"page_too_long", `"total":50,"offset":1,"pageSize":19`, nulls},
		"pages of nothing":   {"page_too_long", `"total":50,"offset":1,"pageSize":0`, ``},
		"tiny pages":         {"small_pages", `"total":50,"offset":1,"pageSize":10`, ``},
		"no ids":             {"no_ids", `"total":50,"offset":1,"pageSize":20`, nulls},
		"empty, not the end": {"short_page", `"total":50,"offset":1,"pageSize":20`, ``},
		"descending":         {"not_in_order", `"total":50,"offset":1,"pageSize":20`, `{"id":2},{"id":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bodies := []string{
				`{"total":50,"offset":1,"pageSize":1,"_embedded":{"elements":[]}}`,
				`{` + tc.envelope + `,"_embedded":{"elements":[` + tc.elements + `]}}`,
			}
			server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/hal+json")
				_, _ = w.Write([]byte(bodies[0]))
				bodies = bodies[len(bodies)-1:]
			}))
			src := mustOpen(t, "url: "+server.URL+"\nper_page: 20\npartitions: 1\n")
			plan, err := src.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
				if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
					t.Errorf("got %+v, %v, want %s", page, err, tc.code)
				}
				break
			}
		})
	}
}

func TestPlanOfAnotherListingIsRefused(t *testing.T) {
	t.Parallel()
	plan, err := service(t, numbered(t, 1), withToken).New(t).Plan(t.Context())
	if err != nil || len(plan.Partitions) != 1 || plan.Total == nil || *plan.Total != 1 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	for _, err := range mustOpen(t, "url: https://h\narchived: true\n").List(t.Context(), plan.Partitions[0], "") {
		if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "plan_outdated" {
			t.Errorf("got %v", err)
		}
	}
}
