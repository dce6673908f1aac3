package sourcetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func checkComplete(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	src := service.New(t)
	l := mustPlan(t, src)
	most, pages := 0, 0
	err := l.read(t.Context(), src, func() bool {
		if pages++; l.at.cursor == "" {
			most, pages = max(most, pages), 0
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	l.same(t, service.Truth())
	if want := int64(len(service.Truth())); l.total != nil && *l.total != want {
		t.Errorf("the plan says %d records, the service holds %d", *l.total, want)
	}
	if most < 3 {
		t.Errorf("no partition has three pages: make the case's pages smaller, or the suite proves little")
	}
	if version := src.Version(); version == "" || version != service.New(t).Version() {
		t.Errorf("version %q is empty, or another in a second source", version)
	}
}

func checkConcurrent(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	src := service.New(t)
	whole := mustPlan(t, src)
	parts := make([]*listing, len(whole.partitions))
	errs := make([]error, len(parts))
	var running sync.WaitGroup
	for i := range parts {
		parts[i] = &listing{partitions: whole.partitions[i : i+1], raw: map[string][]string{}}
		running.Go(func() { errs[i] = parts[i].read(t.Context(), src, nil) })
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		for id, raw := range part.raw {
			whole.raw[id] = append(whole.raw[id], raw...)
		}
	}
	whole.same(t, service.Truth())
}

func checkEmpty(t *testing.T, c Case) {
	t.Helper()
	service := c.Start(t, nil)
	src := service.New(t)
	l := mustPlan(t, src)
	if err := l.read(t.Context(), src, nil); err != nil {
		t.Fatal(err)
	}
	l.same(t, service.Truth())
	if l.pages != len(l.partitions) {
		t.Errorf("%d pages for %d empty partitions, want one each", l.pages, len(l.partitions))
	}
	if l.total != nil && *l.total != 0 {
		t.Errorf("the plan says %d records, the service holds none", *l.total)
	}
}

// checkResume reads each page with a source of its own, as if the worker had
// been killed after every one.
func checkResume(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	l := mustPlan(t, service.New(t))
	for !l.done() {
		if err := l.read(t.Context(), service.New(t), func() bool { return false }); err != nil {
			t.Fatalf("after %d pages: %v", l.pages, err)
		}
	}
	l.same(t, service.Truth())
}

// checkBreak leaves a listing after its first page, and reads it again whole:
// whatever was fetched ahead must not be missing.
func checkBreak(t *testing.T, c Case) {
	t.Helper()
	service := start(t, c)
	src := service.New(t)
	l := mustPlan(t, src)
	if err := l.read(t.Context(), src, func() bool { return false }); err != nil {
		t.Fatal(err)
	}
	if l.pages != 1 {
		t.Fatalf("%d pages came, want one", l.pages)
	}
	if err := l.read(t.Context(), src, nil); err != nil {
		t.Fatal(err)
	}
	l.same(t, service.Truth())
}

func checkCancel(t *testing.T, c Case) {
	t.Helper()
	t.Run("between pages", func(t *testing.T) {
		t.Parallel()
		service := start(t, c)
		src := service.New(t)
		l := mustPlan(t, src)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := l.read(ctx, src, func() bool { cancel(); return true })
		if !errors.Is(err, context.Canceled) || l.done() {
			t.Errorf("got %v after %d pages, want the context's error", err, l.pages)
		}
	})
	t.Run("while the service stalls", func(t *testing.T) {
		t.Parallel()
		service := start(t, c)
		if service.Break == nil {
			t.Skip("this case cannot break its service")
		}
		src := service.New(t)
		l := mustPlan(t, src)
		service.Break(Stall)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		begun := time.Now()
		err := l.read(ctx, src, nil)
		if took := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
			t.Errorf("got %v after %s, want the context's error at once", err, took)
		}
	})
}

// checkChanges reads a listing while rows are removed before, added before and
// after, and changed behind the place that was read last. Rows that were there
// from beginning to end must all come; they may come twice.
func checkChanges(t *testing.T, c Case) {
	t.Helper()
	if s := start(t, c); s.Remove == nil || s.Add == nil || s.Update == nil {
		t.Skip("this case cannot change its records while they are listed")
	}
	for _, removed := range []int{0, 1, 7} {
		for _, added := range []int{0, 1, 7} {
			service := start(t, c)
			change := &changer{service: service, left: ids(service), nextLow: 1, nextHigh: 1 << 55}
			src := service.New(t)
			l := mustPlan(t, src)
			err := l.read(t.Context(), src, func() bool {
				change.once(l, removed, added)
				return true
			})
			if err != nil {
				t.Errorf("%d removed and %d added at each page: %v", removed, added, err)
				continue
			}
			lost := []string{}
			for _, id := range change.left {
				if len(l.raw[id]) == 0 {
					lost = append(lost, id)
				}
			}
			if diff := cmp.Diff([]string{}, lost); diff != "" {
				t.Errorf("%d removed and %d added at each page: rows that were there all along are missing:\n%s", removed, added, diff)
			}
		}
	}
}
