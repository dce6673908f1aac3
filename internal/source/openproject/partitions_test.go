package openproject_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// names are those of a plan's partitions.
func names(plan source.Plan) []string {
	names := []string{}
	for _, part := range plan.Partitions {
		names = append(names, part.Name)
	}
	return names
}

func TestThePlanCutsTheListing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		projects int
		yaml     string
		want     []string
	}{
		"many":          {1000, "", []string{"projects, ids 1-250", "projects, ids 251-500", "projects, ids 501-750", "projects, ids 751 and up"}},
		"two":           {1000, "partitions: 2\n", []string{"projects, ids 1-500", "projects, ids 501 and up"}},
		"one is wanted": {1000, "partitions: 1\n", []string{"projects"}},
		"too few":       {399, "", []string{"projects"}},
		"just enough":   {400, "", []string{"projects, ids 1-200", "projects, ids 201 and up"}},
		"none":          {0, "", []string{"projects"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan, err := service(t, numbered(t, tc.projects), withToken+tc.yaml).New(t).Plan(t.Context())
			if diff := cmp.Diff(tc.want, names(plan)); diff != "" || err != nil || *plan.Total != int64(tc.projects) {
				t.Errorf("%v, total %v\n%s", err, plan.Total, diff)
			}
		})
	}
}

// TestProjectsThatGoWhileThePlanIsMade leave fewer cuts, or cuts elsewhere.
func TestProjectsThatGoWhileThePlanIsMade(t *testing.T) {
	t.Parallel()
	f := numbered(t, 1000)
	f.onPage = func(int) {
		if f.pages == 2 {
			for id := range int64(400) {
				delete(f.Versions, 601+id)
			}
		}
	}
	s := service(t, f, withToken)
	plan, err := s.New(t).Plan(t.Context())
	want := []string{"projects, ids 1-250", "projects, ids 251-500", "projects, ids 501 and up"}
	if diff := cmp.Diff(want, names(plan)); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	seen := map[string]int{}
	for _, part := range plan.Partitions {
		if err := listPartition(t, s, part, seen); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 600 {
		t.Errorf("%d projects came, want 600", len(seen))
	}
}

// TestBordersThatMove removes the projects at the borders, those around them and
// many in front of a partition, after the plan was made.
func TestBordersThatMove(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{0, 1, 120} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			f := numbered(t, 1000)
			s := service(t, f, withToken)
			plan, err := s.New(t).Plan(t.Context())
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
			seen := map[string]int{}
			for _, part := range plan.Partitions {
				if err := listPartition(t, s, part, seen); err != nil {
					t.Fatal(err)
				}
			}
			want := map[string]int{}
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
	s := service(t, numbered(t, 1000), withToken)
	plan, err := s.New(t).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, cursor := range []source.Cursor{"at:250:250", "at:500:500", "at:100:100", "at:600:600", "id:300", "x"} {
		for _, err := range s.New(t).List(t.Context(), plan.Partitions[1], cursor) {
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Expired {
				t.Errorf("%s: got %v", cursor, err)
			}
		}
	}
	for _, spec := range []string{`{}x`, `{"after":-1}`, `{"after":5,"until":5}`, `{"position":-1}`} {
		for _, err := range s.New(t).List(t.Context(), source.Partition{Spec: []byte(spec)}, "") {
			if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "plan_outdated" {
				t.Errorf("%s: got %v", spec, err)
			}
		}
	}
}
