package gitea_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// fill adds repositories whose ids begin with one more than a number.
func fill(f *fake, number, after int64) *fake {
	f.Change(func() {
		for i := range number {
			f.Versions[after+1+i] = 1
		}
	})
	return f
}

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
	f := fill(newFake(t, nil), 10_000, 5_000_000)
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
	// A sixth of the requests is what the overlap may cost.
	if requests := len(f.requests); requests > 10_000/50*6/5+20 {
		t.Errorf("%d requests", requests)
	}
}

func TestPlanCutsAtIDs(t *testing.T) {
	t.Parallel()
	f := fill(newFake(t, nil), 1000, 5_000_000_000)
	plan, err := service(t, f, "partitions: 3\n").New(t).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, p := range plan.Partitions {
		names = append(names, p.Name)
	}
	want := []string{"instance, ids 1-5000000333", "instance, ids 5000000334-5000000666", "instance, ids 5000000667 and up"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if plan.Total == nil || *plan.Total != 1000 {
		t.Errorf("total %v, want 1000", plan.Total)
	}
	f.quiet = true
	if plan, err = service(t, f, "org: acme\n").New(t).Plan(t.Context()); err != nil || plan.Total != nil || len(plan.Partitions) != 1 || plan.Partitions[0].Name != "organization acme" {
		t.Errorf("got %+v, %v, want one partition and no total where none is stated", plan, err)
	}
}

// TestPartitionsMeet has everything around the border between two partitions
// come and go between the plan and the listing.
func TestPartitionsMeet(t *testing.T) {
	t.Parallel()
	f := newFake(t, nil)
	for i := range 200 {
		f.Add(strconv.Itoa(10 + 10*i))
	}
	src := service(t, f, "per_page: 20\npartitions: 2\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil || len(plan.Partitions) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	// The border is at the 100th, whose id is 1000.
	f.Remove("1000")
	f.Remove("1010")
	f.Add("999")
	f.Add("1001")
	for i := range 50 {
		f.Remove(strconv.Itoa(10 + 10*i))
	}
	got := []string{}
	for _, part := range plan.Partitions {
		for page, err := range src.List(t.Context(), part, "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				got = append(got, r.ID)
			}
		}
	}
	want := []string{}
	for id := range f.Truth() {
		want = append(want, id)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLimitLoweredMeanwhile has the operator lower MAX_RESPONSE_ITEMS between
// two pages.
func TestLimitLoweredMeanwhile(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		f := fill(newFake(t, nil), 300, 0)
		f.quiet = quiet
		src := service(t, f, "partitions: 1\n").New(t)
		plan, err := src.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for page, err := range src.List(t.Context(), plan.Partitions[0], "") {
			if err != nil {
				t.Fatal(err)
			}
			got += len(page.Records)
			f.Change(func() { f.clamp = 30 })
		}
		if got != 300 {
			t.Errorf("without totals %v: %d repositories came, want 300", quiet, got)
		}
	}
}

func TestPagesTooSmallToOverlap(t *testing.T) {
	t.Parallel()
	for _, quiet := range []bool{false, true} {
		f := fill(newFake(t, nil), 300, 0)
		f.clamp, f.quiet = 10, quiet
		_, err := listAll(t.Context(), service(t, f, "").New(t))
		e, ok := errors.AsType[*source.Error](err)
		if !ok || !quiet && (e.Code != "small_pages" || !strings.Contains(e.Message, "MAX_RESPONSE_ITEMS")) {
			t.Errorf("got %v", err)
		}
	}
}

// script answers each search with the next of some bodies.
func script(t *testing.T, bodies ...string) source.Source {
	t.Helper()
	server := sourcetest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		_, _ = w.Write([]byte(body))
	}))
	return mustOpen(t, "url: "+server.URL+"\npartitions: 1\n")
}

func TestUntrustworthyAnswersAreContractErrors(t *testing.T) {
	t.Parallel()
	nulls := `{"data":[` + strings.TrimSuffix(strings.Repeat("null,", 50), ",") + `]}`
	for name, tc := range map[string]struct{ body, code string }{
		"order that is none":    {`{"data":[{"id":5},{"id":4}]}`, "not_in_order"},
		"id twice":              {`{"data":[{"id":5},{"id":5}]}`, "not_in_order"},
		"page full of nulls":    {nulls, "no_ids"},
		"no list":               {`{"ok":false,"error":"x"}`, "not_a_list"},
		"null for a list":       {`{"ok":true,"data":null}`, "not_a_list"},
		"the same page forever": {`{"data":[{"id":1},{"id":2}]}`, "repeated_page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := listAll(t.Context(), script(t, `{"ok":true,"data":[]}`, tc.body))
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Contract || e.Code != tc.code || e.Sample == "" {
				t.Errorf("got %+v, want %s", err, tc.code)
			}
		})
	}
}
