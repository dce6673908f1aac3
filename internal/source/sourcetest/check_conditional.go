package sourcetest

import (
	"context"
	"iter"
	"strconv"
	"testing"

	"holdfast/internal/source"
)

// memory keeps what a job would keep of the pages of earlier listings.
type memory struct {
	kept map[string]source.Page
	// confirmed counts the pages that came without their records.
	confirmed int
}

// remembering lists a source with a memory. A page that the service confirms has
// the records that it had when it was read.
type remembering struct {
	source.Conditional

	t      *testing.T
	memory *memory
}

func (r remembering) List(ctx context.Context, partition source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	key := func(cursor source.Cursor) string { return string(partition.Spec) + " " + string(cursor) }
	recall := func(_ context.Context, cursor source.Cursor) source.Known {
		page := r.memory.kept[key(cursor)]
		return source.Known{Validator: page.Validator, Next: page.Next, Total: page.Total}
	}
	return func(yield func(source.Page, error) bool) {
		for page, err := range r.ListKnown(ctx, partition, from, recall) {
			switch {
			case err != nil:
			case page.Unchanged:
				page = r.confirmed(page, r.memory.kept[key(from)])
			case page.Validator != "":
				r.memory.kept[key(from)] = page
			}
			from = page.Next
			if !yield(page, err) {
				return
			}
		}
	}
}

// confirmed checks a page that came without its records, and gives it those.
func (r remembering) confirmed(page, known source.Page) source.Page {
	r.t.Helper()
	r.memory.confirmed++
	switch {
	case known.Validator == "":
		r.t.Error("a page was confirmed of which nothing was known")
	case page.Last || page.Next != known.Next || len(page.Records) > 0 || page.Validator != "":
		r.t.Errorf("a confirmed page leads to %q (last: %t, %d records), what was known to %q",
			page.Next, page.Last, len(page.Records), known.Next)
	}
	page.Records = known.Records
	return page
}

// checkConditional lists with what is known of an earlier listing, by sources
// that are replaced after every page, and with changes in between.
func checkConditional(t *testing.T, c Case) {
	t.Helper()
	if _, ok := start(t, c).New(t).(source.Conditional); !ok {
		t.Skip("this service confirms nothing")
	}
	changes := map[string]func(s *Service, ids []string){
		"nothing changed": func(*Service, []string) {},
		"updated":         func(s *Service, ids []string) { s.Update(ids[len(ids)/2]) },
		"removed":         func(s *Service, ids []string) { s.Remove(ids[len(ids)/2]) },
		"first removed":   func(s *Service, ids []string) { s.Remove(ids[0]) },
		"last removed":    func(s *Service, _ []string) { s.Remove("9007199254740993") },
		"added first":     func(s *Service, _ []string) { s.Add("1") },
		"added last":      func(s *Service, _ []string) { s.Add(strconv.FormatInt(1<<55, 10)) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkConfirmed(t, c, change)
		})
	}
	t.Run("while it is listed", func(t *testing.T) {
		t.Parallel()
		checkConfirmedWhileChanging(t, c)
	})
}

func checkConfirmed(t *testing.T, c Case, change func(*Service, []string)) {
	t.Helper()
	service := start(t, c)
	known := &memory{kept: map[string]source.Page{}}
	fresh := func() source.Source { return remember(t, service, known) }
	for round := range 3 {
		known.confirmed = 0
		l := mustPlan(t, fresh())
		for !l.done() {
			if err := l.read(t.Context(), fresh(), func() bool { return false }); err != nil {
				t.Fatalf("round %d, after %d pages: %v", round, l.pages, err)
			}
		}
		l.same(t, service.Truth())
		if round == 0 {
			change(service, ids(service))
		}
	}
	// Whatever is new is known since the second round.
	if service.Confirms && known.confirmed < 2 {
		t.Errorf("of a service that stands still %d pages are confirmed", known.confirmed)
	}
}

// checkConfirmedWhileChanging is the suite's check of changes with pages that may
// be confirmed: what was there all along must come.
func checkConfirmedWhileChanging(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	known := &memory{kept: map[string]source.Page{}}
	change := &changer{service: service, left: ids(service), nextLow: 1, nextHigh: 1 << 55}
	for round := range 3 {
		src := remember(t, service, known)
		l := mustPlan(t, src)
		err := l.read(t.Context(), src, func() bool {
			if l.pages%3 == 0 {
				change.once(l, 1, 1)
			}
			return true
		})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, id := range change.left {
			if len(l.raw[id]) == 0 {
				t.Errorf("round %d: %s was there all along and is missing", round, id)
			}
		}
	}
}

func remember(t *testing.T, service *Service, known *memory) source.Source {
	t.Helper()
	src, ok := service.New(t).(source.Conditional)
	if !ok {
		t.Fatal("another source of this service confirms nothing")
	}
	return remembering{Conditional: src, t: t, memory: known}
}
