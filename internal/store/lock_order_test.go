package store_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// Two requests that lock the same rows do so in the same order, whatever order
// they name the sources in and a plan has the rows in: otherwise each could have
// the one that the other waits for.
func TestRequestsForTheSameSourcesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	const full, changes = project.ModeFull, project.ModeIncremental
	// With these a plan takes jobs as they lie in the table, which is from c to a.
	asTheyLie := map[string]string{"enable_indexscan": "off", "enable_bitmapscan": "off"}
	// And with these sources as they are named.
	asNamed := map[string]string{"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off"}
	for name, test := range map[string]struct {
		settings map[string]string
		// Both requests stop where they come to what is held.
		held string
		// first and second are in the order in which they begin.
		first, second []project.SourceRef
	}{
		"one in full, one for what changed": {
			settings: asTheyLie, held: "select from sync_jobs where source = 'b' for no key update",
			first:  []project.SourceRef{ref("a", "x", full), ref("b", "x", full)},
			second: []project.SourceRef{ref("a", "x", changes), ref("b", "x", changes)},
		},
		"each in full what the other one wants changes of": {
			settings: asTheyLie, held: "select from sync_jobs where source = 'c' for no key update",
			first:  []project.SourceRef{ref("a", "x", full), ref("b", "x", changes), ref("c", "x", full)},
			second: []project.SourceRef{ref("a", "x", changes), ref("b", "x", full), ref("c", "x", full)},
		},
		"sources that are of another kind now": {
			settings: asNamed, held: "select from sources where name = 'c' for no key update",
			first:  []project.SourceRef{ref("a", "y", full), ref("c", "y", full), ref("b", "y", full)},
			second: []project.SourceRef{ref("b", "y", full), ref("c", "y", full), ref("a", "y", full)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := poolWith(t, test.settings)
			execAll(t, pool,
				"insert into sources (name, kind) values ('a', 'x'), ('b', 'x'), ('c', 'x')",
				`insert into sync_jobs (id, source, mode, trigger, caller) values
					('01980000-0000-7000-8000-000000000003', 'c', 'incremental', 'api', 'ann'),
					('01980000-0000-7000-8000-000000000002', 'b', 'incremental', 'api', 'ann'),
					('01980000-0000-7000-8000-000000000001', 'a', 'incremental', 'api', 'ann')`)
			release := hold(t, pool, test.held)
			first := enqueue(t, pool, test.first)
			waiting(t, pool, 1, first)
			second := enqueue(t, pool, test.second)
			waiting(t, pool, 2, second)
			release()
			for name, request := range map[string]<-chan error{"first": first, "second": second} {
				if err := <-request; err != nil {
					t.Errorf("the %s request: %v", name, err)
				}
			}
			for _, source := range slices.Concat(test.first, test.second) {
				var mode string
				err := pool.QueryRow(t.Context(), "select mode from sync_jobs where source = $1", source.Name).Scan(&mode)
				if err != nil || source.Mode == full && mode != full {
					t.Errorf("the job of %s is %s, %v", source.Name, mode, err)
				}
			}
		})
	}
}

func ref(name, kind, mode string) project.SourceRef {
	return project.SourceRef{Name: name, Kind: kind, Mode: mode}
}

// enqueue asks for syncs of sources.
func enqueue(t *testing.T, pool *pgxpool.Pool, sources []project.SourceRef) <-chan error {
	t.Helper()
	places := make([]store.QueuePlace, len(sources))
	for i, source := range sources {
		places[i] = store.QueuePlace{Source: source, Trigger: "api", Caller: "ann"}
	}
	return inBackground(func() error {
		tx, err := store.New(pool).BeginEnqueue(t.Context(), places, false)
		if err != nil {
			return err
		}
		return tx.Commit(t.Context(), nil, nil)
	})
}

// Old jobs that repeat each other, in turns older and younger: whoever removes
// one of them lets go of the next, which another worker may be removing.
func TestWorkersThatRemoveOldJobsDoNotDeadlock(t *testing.T) {
	t.Parallel()
	pool := poolWith(t, nil)
	// Jobs 1 to 100 ended first. Each of 101 to 150 repeats one of 1 to 50, and is repeated by one of 51 to 100.
	execAll(t, pool,
		"insert into sources (name, kind) values ('a', 'x')",
		`insert into sync_jobs (id, source, status, trigger, caller, started_at, finished_at, retry_of)
		select ('01980000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'a', 'failed', 'api', 'ann', now() - interval '900 hours',
			now() - interval '800 hours' + n * interval '1 minute',
			case when n between 101 and 150 then ('01980000-0000-7000-8000-' || lpad((n - 100)::text, 12, '0'))::uuid
				when n between 51 and 100 then ('01980000-0000-7000-8000-' || lpad((n + 50)::text, 12, '0'))::uuid end
		from generate_series(1, 201) n`,
		`insert into sync_partitions (job_id, ordinal, name, spec) select id, 1, 'all', '' from sync_jobs order by id limit 100`)
	q := store.New(pool).Queries()
	removal := func() <-chan error {
		return inBackground(func() error {
			_, err := q.DeleteOldJobs(t.Context(), time.Hour)
			return err
		})
	}
	// The first worker stops in the middle of what it removes.
	release := hold(t, pool, "select from sync_partitions for no key update")
	first := removal()
	waiting(t, pool, 1, first)
	second := removal()
	settled(t, pool, 2, second)
	release()
	for name, removal := range map[string]<-chan error{"first": first, "second": second} {
		if err := <-removal; err != nil {
			t.Errorf("the %s worker: %v", name, err)
		}
	}
	for {
		removed, err := q.DeleteOldJobs(t.Context(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if removed == 0 {
			break
		}
	}
	var left int
	if err := pool.QueryRow(t.Context(), "select count(*) from sync_jobs").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d jobs are left, %v; want the last one", left, err)
	}
}

// poolWith is a pool on a database of its own whose sessions have settings.
func poolWith(t *testing.T, settings map[string]string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func execAll(t *testing.T, pool *pgxpool.Pool, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func inBackground(f func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	return done
}

// hold keeps the locks of a statement until it is released.
func hold(t *testing.T, pool *pgxpool.Pool, statement string) (release func()) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := false
	release = func() {
		if !ended {
			ended = true
			_ = tx.Rollback(context.WithoutCancel(t.Context()))
		}
	}
	t.Cleanup(release)
	if _, err := tx.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return release
}

// waiting waits until so many sessions wait for a lock, the last of them with
// what is given.
func waiting(t *testing.T, pool *pgxpool.Pool, sessions int, last <-chan error) {
	t.Helper()
	if !settled(t, pool, sessions, last) {
		t.Fatal("nothing to wait for")
	}
}

// settled waits until so many sessions wait for a lock, or the last one has
// ended without; it reports whether they wait.
func settled(t *testing.T, pool *pgxpool.Pool, sessions int, last <-chan error) bool {
	t.Helper()
	for range 4000 {
		if len(last) > 0 {
			return false
		}
		var blocked int
		err := pool.QueryRow(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0`).Scan(&blocked)
		if err != nil {
			t.Fatal(err)
		}
		if blocked >= sessions {
			return true
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatalf("%d sessions never waited for a lock", sessions)
	return false
}
