package redmine_test

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
	cursor := source.Cursor("")
	for {
		var page source.Page
		for page, err = range s.New(t).List(t.Context(), plan.Partitions[0], cursor) {
			break
		}
		if err != nil {
			return seen, err
		}
		for _, r := range page.Records {
			seen[r.ID]++
		}
		if page.Last {
			return seen, nil
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
	seen, err := list(t, service(t, f, withKey))
	if err != nil || len(seen) != n {
		t.Fatalf("%d of %d projects came: %v", len(seen), n, err)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", id, times)
		}
	}
	if pages := f.asked["/projects.json"]; pages > n/90+2 {
		t.Errorf("%d requests for %d projects", pages, n)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]map[string]int{
		"":                             {"1": 1, "2": 1},
		"status: [active]\n":           {"1": 1},
		"status: [archived, closed]\n": {"2": 1},
	} {
		f := numbered(t, 3)
		f.status[2], f.status[3] = 5, 9
		seen, err := list(t, service(t, f, withKey+yaml))
		if diff := cmp.Diff(want, seen); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", yaml, err, diff)
		}
	}
}

// TestMassRemoval removes all that was read last, so that the place is lost.
func TestMassRemoval(t *testing.T) {
	t.Parallel()
	f := numbered(t, 100)
	f.onPage = func(offset int) {
		if offset == 10 {
			for id := range int64(20) {
				delete(f.Versions, id+1)
			}
		}
	}
	seen, err := list(t, service(t, f, withKey+"per_page: 20\n"))
	if err != nil || len(seen) != 100 {
		t.Errorf("%d projects came: %v", len(seen), err)
	}
}

// TestManyComeInFront has more projects than a page come into view in front of
// the place, as when an old tree is unarchived.
func TestManyComeInFront(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 100 {
		f.Add(strconv.Itoa(1000 + i))
	}
	f.onPage = func(offset int) {
		if offset == 50 {
			for id := range int64(90) {
				f.Versions[id+1] = 1
			}
		}
	}
	seen, err := list(t, service(t, f, withKey+"per_page: 20\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if id := strconv.Itoa(1000 + i); seen[id] == 0 {
			t.Errorf("%s was there all along and did not come", id)
		}
	}
}

// script answers each request for projects with the next of some bodies.
func script(t *testing.T, bodies ...string) *sourcetest.Server {
	t.Helper()
	return sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		_, _ = w.Write([]byte(body))
	}))
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	nulls := strings.TrimSuffix(strings.Repeat("null,", 20), ",")
	for code, body := range map[string]string{
		"unknown_envelope": `{"projects":[]}`,
		"repeated_page":    `{"projects":[],"total_count":5,"offset":3,"limit":20}`,
		"page_too_long":    `{"projects":[` + nulls + `,null],"total_count":50,"offset":0,"limit":100}`,
		"no_ids":           `{"projects":[` + nulls + `],"total_count":50,"offset":0,"limit":20}`,
		"empty_page":       `{"projects":[],"total_count":5,"offset":0,"limit":20}`,
		"not_a_list":       `{"projects":{},"total_count":5,"offset":0,"limit":20}`,
		"not_in_order": `{"projects":[{"id":1,"created_on":"2020-01-02T00:00:00Z"},{"id":2,"created_on":"2020-01-01T00:00:00Z"}],` +
			`"total_count":2,"offset":0,"limit":20}`,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			server := script(t, `{"projects":[],"total_count":50,"offset":0,"limit":1}`, body)
			src := mustOpen(t, "url: "+server.URL+"\nper_page: 20\n")
			plan, err := src.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
				if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != code || e.Sample == "" {
					t.Errorf("got %+v, %v, want %s", page, err, code)
				}
				break
			}
		})
	}
}

func TestPlanOfOtherStatusesIsRefused(t *testing.T) {
	t.Parallel()
	s := service(t, numbered(t, 1), withKey)
	plan, err := s.New(t).Plan(t.Context())
	if err != nil || len(plan.Partitions) != 1 || plan.Total == nil || *plan.Total != 1 {
		t.Fatalf("got %+v, %v", plan, err)
	}
	for _, err := range mustOpen(t, "url: https://h\nstatus: [closed]\n").List(t.Context(), plan.Partitions[0], "") {
		if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "plan_outdated" {
			t.Errorf("got %v", err)
		}
	}
}
