package bitbucketdc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	f.Change(func() {
		for i := range int64(10_000) {
			f.Versions[1+i] = 1
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
	// The overlap costs one request in fifty.
	if requests := len(f.requests); requests > 21 {
		t.Errorf("%d requests", requests)
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string][]string{
		"":                         {"all projects"},
		"projects: [ACME, ~ann]\n": {"project ACME", "project ~ann"},
	} {
		plan, err := mustOpen(t, "url: https://h/rest/api/1.0/\n"+yaml).Plan(t.Context())
		names := []string{}
		for _, p := range plan.Partitions {
			names = append(names, p.Name)
		}
		if diff := cmp.Diff(want, names); diff != "" || err != nil || plan.Total != nil {
			t.Errorf("%v, total %v\n%s", err, plan.Total, diff)
		}
	}
}

func TestArchived(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{"": "ALL", "archived: true\n": "ARCHIVED", "archived: false\n": "ACTIVE"} {
		f := newFake(t, []string{"1"})
		if _, err := listAll(t.Context(), service(t, f, yaml).New(t)); err != nil || !strings.Contains(f.requests[0], "archived="+want+"&") {
			t.Errorf("%q asks for %s, %v", yaml, f.requests, err)
		}
	}
}

// values writes the elements of a page.
func values(ids ...int) string {
	elements := []string{}
	for _, id := range ids {
		elements = append(elements, fmt.Sprintf(`{"id":%d}`, id))
	}
	return strings.Join(elements, ",")
}

// answers gives each request the next of some bodies, and the last for ever.
func answers(t *testing.T, bodies ...string) source.Source {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		_, _ = w.Write([]byte(body))
	}))
	return mustOpen(t, "url: "+server.URL+"\n")
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	first := `{"isLastPage":false,"nextPageStart":3,"values":[` + values(1, 2, 3) + `]}`
	for name, tc := range map[string]struct{ body, code string }{
		"no next place":                {`{"isLastPage":false,"values":[{"id":1}]}`, "no_next_page_start"},
		"null for a next place":        {`{"isLastPage":false,"nextPageStart":null,"values":[{"id":1}]}`, "no_next_page_start"},
		"no word about the end":        {`{"values":[{"id":1}]}`, "no_is_last_page"},
		"another word about it":        {`{"isLastPage":"false","values":[{"id":1}]}`, "no_is_last_page"},
		"a next place that leads back": {`{"isLastPage":false,"nextPageStart":0,"values":[{"id":1}]}`, "repeated_page"},
		"a next place that is none":    {`{"isLastPage":false,"nextPageStart":"3","values":[{"id":1}]}`, "bad_next_page_start"},
		"a page without ids":           {`{"isLastPage":false,"nextPageStart":1,"values":[null]}`, "no_ids"},
		"the same page forever":        {first, "repeated_page"},
		"pages that are empty":         {`{"isLastPage":false,"nextPageStart":90,"values":[]}`, "repeated_page"},
		"null for the list":            {`{"isLastPage":true,"values":null}`, "not_a_list"},
		"an error that is no error":    {`{"errors":[{"message":"x"}]}`, "not_a_list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := listAll(t.Context(), answers(t, tc.body))
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}

// TestRenamedAmongTheLast has one of the repositories that were read last move
// behind others that were not read: those must come.
func TestRenamedAmongTheLast(t *testing.T) {
	t.Parallel()
	seen, err := listAll(t.Context(), answers(t,
		`{"isLastPage":false,"nextPageStart":3,"values":[`+values(1, 2, 3)+`]}`,
		`{"isLastPage":true,"nextPageStart":null,"values":[`+values(1, 3, 4, 2, 5)+`]}`))
	if diff := cmp.Diff(map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 1}, seen); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestAllOfTheLastAreGone has the listing begin again when nothing shows where
// it stood.
func TestAllOfTheLastAreGone(t *testing.T) {
	t.Parallel()
	_, err := listAll(t.Context(), answers(t,
		`{"isLastPage":false,"nextPageStart":3,"values":[`+values(1, 2, 3)+`]}`,
		`{"isLastPage":true,"values":[`+values(4, 5)+`]}`))
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Expired || e.Code != "place_lost" {
		t.Errorf("got %v", err)
	}
}

// TestManyAreGoneBeforeThePlace has the place be found again far from where it
// was.
func TestManyAreGoneBeforeThePlace(t *testing.T) {
	t.Parallel()
	for _, gone := range []int{1, 15, 35, 55, 75, 100, 140} {
		f := newFake(t, nil)
		for i := range 300 {
			f.Add(strconv.Itoa(i + 1))
		}
		src := service(t, f, "per_page: 20\n").New(t)
		plan, err := src.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
			if err != nil {
				t.Fatalf("%d gone: %v", gone, err)
			}
			for _, r := range page.Records {
				seen[r.ID] = true
			}
			if seen["150"] {
				for i := range gone {
					f.Remove(strconv.Itoa(i + 1))
				}
			}
		}
		if len(seen) != 300 {
			t.Errorf("%d gone: %d of 300 came", gone, len(seen))
		}
	}
}

// TestCredentialsTakenForNone has a proxy drop the header that proves who asks.
func TestCredentialsTakenForNone(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"", "anonymous"} {
		f := newFake(t, nil)
		f.user = user
		src := service(t, f, "").New(t)
		_, err := listAll(t.Context(), src)
		if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Configuration || e.Code != "unauthorized" {
			t.Errorf("an empty listing for %q: got %v", user, err)
		}
		f.Add("1")
		if seen, err := listAll(t.Context(), src); err != nil || len(seen) != 1 {
			t.Errorf("a listing for %q: got %v, %v", user, seen, err)
		}
	}
}
