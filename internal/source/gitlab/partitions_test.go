package gitlab_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// filled is a fake with the projects 1 to n.
func filled(t *testing.T, n int64) *fake {
	t.Helper()
	f := newFake(t, nil)
	f.Change(func() {
		for i := range n {
			f.Versions[1+i] = 1
		}
	})
	return f
}

// partitionNames are those of a plan.
func partitionNames(plan source.Plan) []string {
	names := []string{}
	for _, part := range plan.Partitions {
		names = append(names, part.Name)
	}
	return names
}

func TestPlanCutsAGroup(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		projects int64
		quiet    bool
		yaml     string
		want     []string
	}{
		"many": {1000, false, "group: acme/sub\n", []string{
			"group acme/sub, ids 1-250", "group acme/sub, ids 251-500", "group acme/sub, ids 501-750", "group acme/sub, ids 751 and up",
		}},
		"two of a user": {1000, false, "user: ann\npartitions: 2\n", []string{"user ann, ids 1-500", "user ann, ids 501 and up"}},
		"one is wanted": {1000, false, "user: ann\npartitions: 1\n", []string{"user ann"}},
		"too few":       {399, false, "group: acme/sub\n", []string{"group acme/sub"}},
		"no total":      {1000, true, "group: acme/sub\n", []string{"group acme/sub"}},
		"none":          {0, false, "group: acme/sub\n", []string{"group acme/sub"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := filled(t, tc.projects)
			f.quiet = tc.quiet
			plan, err := service(t, f, tc.yaml).New(t).Plan(t.Context())
			if diff := cmp.Diff(tc.want, partitionNames(plan)); diff != "" || err != nil || (plan.Total == nil) != tc.quiet {
				t.Errorf("%v, total %v\n%s", err, plan.Total, diff)
			}
		})
	}
}

// TestBordersOfAGroupThatMove removes the projects at the borders and those
// around them, and adds many, after the plan was made.
func TestBordersOfAGroupThatMove(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{0, 1, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			f := filled(t, 1000)
			src := service(t, f, "group: acme/sub\n").New(t)
			plan, err := src.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f.Change(func() {
				for _, border := range []int64{250, 500, 750} {
					for id := border - width; id <= border+width; id++ {
						delete(f.Versions, id)
					}
				}
				for id := range int64(150) {
					f.Versions[10_000+id] = 1
				}
			})
			seen, want := map[string]int{}, map[string]int{}
			for _, part := range plan.Partitions {
				for page, err := range src.List(t.Context(), part, "") {
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range page.Records {
						seen[r.ID]++
					}
				}
			}
			for id := range f.Truth() {
				want[id] = 1
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCursorsOfAnotherPartitionHaveExpired(t *testing.T) {
	t.Parallel()
	src := service(t, filled(t, 1000), "group: acme/sub\n").New(t)
	plan, err := src.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []source.Cursor{"at:250:250", "at:500:500", "at:100:100", "at:600:600", "id:300", "x"} {
		for _, err := range src.List(t.Context(), plan.Partitions[1], cursor) {
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Expired {
				t.Errorf("%s: got %v", cursor, err)
			}
		}
	}
}
