package invariants_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/internal/invariants"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// eventually polls until the condition holds.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatal("it never came to hold")
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestWatchRemembersWhatOneLookCannotSee(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ invariant, rule, plant string }{
		{"I7", "never vanishes", "delete from projects where id = 1"},
		{"I7", "never goes back", "update projects set last_changed_at = last_changed_at - interval '1 s' where id = 1"},
		{"I7", "never goes back", `update projects set content_hash = '\x09' where id = 1`},
		{"I9", "nothing commits under", `
			insert into sync_pages select partition_id, 3, 2, now(), 0, 0, 0, 0, 0, 0, 0, 0, 0, null from sync_pages where page_no = 1`},
		{"I9", "never fall", "update sync_partitions set epoch = 2 where id = 1"},
		{"I11", "never left", "update sync_jobs set status = 'failed' where finished_at is not null"},
		{"I11", "never left", "update sync_jobs set finished_at = now() + interval '1 s' where finished_at is not null"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			t.Parallel()
			pool := newWorld(t)
			observer := invariants.Watch(t.Context(), pool)
			eventually(t, func() bool { return observer.Looks() > 0 })
			run(t, pool, test.plant)
			before := observer.Looks()
			eventually(t, func() bool { return observer.Looks() > before+1 })
			found := observer.Stop()
			if !slices.ContainsFunc(found, func(v invariants.Violation) bool {
				return v.Invariant == test.invariant && strings.Contains(v.Rule, test.rule)
			}) {
				t.Errorf("not found; what was found: %v", found)
			}
		})
	}
}

func TestWatchFindsNothingInOrderlyWork(t *testing.T) {
	t.Parallel()
	pool := newWorld(t)
	observer := invariants.Watch(t.Context(), pool)
	eventually(t, func() bool { return observer.Looks() > 0 })
	run(t, pool, `
		update projects set content_hash = '\x09', last_changed_at = last_changed_at + interval '1 s' where id = 1;
		update sync_partitions set epoch = 4, page_no = 3 where id = 1;
		insert into sync_pages select partition_id, 3, 4, now(), 0, 0, 0, 0, 0, 0, 0, 0, 0, null from sync_pages where page_no = 1;
		update sync_jobs set status = 'failed', phase = 'done', finished_at = now() where finished_at is null`)
	before := observer.Looks()
	eventually(t, func() bool { return observer.Looks() > before+1 })
	for _, v := range observer.Stop() {
		t.Error(v)
	}
}

func TestWatchFindsIdleTransactionsUnlessProcessesAreStopped(t *testing.T) {
	t.Parallel()
	pool := newWorld(t)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "set local application_name = 'holdfast-worker'"); err != nil {
		t.Fatal(err)
	}
	strict := invariants.Watch(t.Context(), pool)
	tolerant := invariants.Watch(t.Context(), pool, invariants.StoppedProcesses())
	eventually(t, func() bool {
		return slices.ContainsFunc(check(t, pool), func(v invariants.Violation) bool { return v.Invariant == "I12" })
	})
	strictLooks, tolerantLooks := strict.Looks(), tolerant.Looks()
	eventually(t, func() bool { return strict.Looks() > strictLooks+1 && tolerant.Looks() > tolerantLooks+1 })
	if found := strict.Stop(); len(found) != 1 || found[0].Invariant != "I12" {
		t.Errorf("found %v, want I12 alone", found)
	}
	if found := tolerant.Stop(); len(found) != 0 {
		t.Errorf("found %v, want nothing", found)
	}
}
