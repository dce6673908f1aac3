package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/chaos/pgproxy"
	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// ask is a request for some sources.
func ask(sources ...string) project.EnqueueRequest {
	r := project.EnqueueRequest{Trigger: project.TriggerAPI, Caller: "ann"}
	for _, s := range sources {
		r.Sources = append(r.Sources, project.SourceRef{Name: s, Kind: "fake"})
	}
	return r
}

// keyed gives a request a key.
func keyed(key string, r project.EnqueueRequest) project.EnqueueRequest {
	r.IdempotencyKey, r.Fingerprint = key, fmt.Append(nil, r.Sources)
	return r
}

// told are the sources of a request with whether it joined their jobs.
func told(results []project.EnqueuedJob) string {
	text := ""
	for _, job := range results {
		text += job.Job.Source
		if job.Coalesced {
			text += " joined"
		}
		text += ";"
	}
	return text
}

const written = "select count(*) from sync_jobs"

func TestTogetherInOneTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	incremental := ask("d")
	incremental.Sources[0].Mode = project.ModeIncremental
	shared := b.client.EnqueueTogether(ask("a"), ask("b", "a"), keyed("k", ask("c")), incremental, ask("d"), ask("a", "c"))
	var got []string
	ids := map[string]string{}
	for i, s := range shared {
		if s.Err != nil {
			t.Fatalf("request %d: %v", i, s.Err)
		}
		got = append(got, told(s.Jobs))
		for _, job := range s.Jobs {
			if id, ok := ids[job.Job.Source]; ok && id != job.Job.ID {
				t.Errorf("source %s has the jobs %s and %s", job.Job.Source, id, job.Job.ID)
			}
			ids[job.Job.Source] = job.Job.ID
		}
	}
	want := []string{"a;", "b;a joined;", "c;", "d;", "d joined;", "a joined;c joined;"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	expect(t, b, 4, written)
	expect(t, b, 1, "select count(distinct xmin::text) from (select xmin from sync_jobs union all select xmin from river_job "+
		"union all select xmin from idempotency_keys) rows")
	expect(t, b, 4, "select count(*) from river_job r join sync_jobs j on j.task_id = r.id and r.args->>'job_id' = j.id::text")
	// Who asked for everything is not served by less.
	expect(t, b, project.ModeFull, "select mode from sync_jobs where source = 'd'")
	expect(t, b, ids["c"], "select job_ids[1]::text from idempotency_keys where caller = 'ann' and key = 'k'")
}

// The answer is the job as it was committed, and as it is read afterwards.
func TestTheAnswerIsTheJob(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	for _, again := range []bool{false, true} {
		result, err := b.client.Enqueue(t.Context(), ask("a"))
		if err != nil || result.Jobs[0].Coalesced != again {
			t.Fatalf("%+v, %v", result, err)
		}
		read, err := store.New(b.pool).Job(t.Context(), result.Jobs[0].Job.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(read, result.Jobs[0].Job); diff != "" {
			t.Errorf("answered job (-read +answered):\n%s", diff)
		}
	}
}

func TestOneKeyTwiceIsCarriedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	shared := b.client.EnqueueTogether(keyed("k", ask("a")), keyed("k", ask("a")), keyed("k", ask("b")), ask("c"))
	if shared[0].Err != nil || shared[3].Err != nil || !shared[1].Alone || !shared[2].Alone {
		t.Fatalf("shared %+v, want the first of the key and the one without", shared)
	}
	expect(t, b, 2, written)
	again, err := b.client.Enqueue(t.Context(), keyed("k", ask("a")))
	if err != nil || !again.Replayed || again.Jobs[0].Job.ID != shared[0].Jobs[0].Job.ID {
		t.Errorf("the repeat = %+v, %v, want the first one's job", again, err)
	}
	if _, err := b.client.Enqueue(t.Context(), keyed("k", ask("b"))); !errors.Is(err, project.ErrKeyReused) {
		t.Errorf("the key for another request = %v, want ErrKeyReused", err)
	}
}

// What one request meets rolls the others back, and nothing says otherwise.
func TestOneRefusalLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]struct {
		hold   string
		commit bool
	}{
		"its key is bound":       {hold: "insert into idempotency_keys values ('ann', 'k', '', '{}', '{}', now(), now() + interval '1 h')", commit: true},
		"its key is being bound": {hold: "insert into idempotency_keys values ('ann', 'k', '', '{}', '{}', now(), now() + interval '1 h')"},
		"its place is being taken": {
			hold: "with s as (insert into sources (name, kind) values ('b', 'fake')) select",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			tx, err := b.pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			if _, err := tx.Exec(t.Context(), meet.hold); err != nil {
				t.Fatal(err)
			}
			if meet.commit {
				if err := tx.Commit(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for i, s := range b.client.EnqueueTogether(ask("a"), keyed("k", ask("b")), ask("c")) {
				if !s.Alone || errors.Is(s.Err, context.DeadlineExceeded) {
					t.Errorf("request %d: %+v, want it carried alone, without a long wait", i, s)
				}
			}
			expect(t, b, 0, written)
			expect(t, b, 0, "select count(*) from river_job")
		})
	}
}

// One request waits for a lock that somebody holds; the others, which arrive
// meanwhile, do not.
func TestOneLockHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	b := setup(t, 1)
	if _, err := b.client.Enqueue(t.Context(), ask("held", "other")); err != nil {
		t.Fatal(err)
	}
	tx, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "update sync_jobs set epoch = epoch + 1 where source = 'held'"); err != nil {
		t.Fatal(err)
	}
	var held, others sync.WaitGroup
	held.Go(func() {
		// The lock may outlast its patience, on a machine that is busy.
		if _, err := b.client.Enqueue(t.Context(), ask("held")); err != nil && !store.IsUnavailable(err) {
			t.Error(err)
		}
	})
	for i := range 20 {
		others.Go(func() {
			if _, err := b.client.Enqueue(t.Context(), ask(fmt.Sprint("s", i%10))); err != nil {
				t.Error(err)
			}
		})
	}
	others.Wait()
	expect(t, b, 12, written)
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	held.Wait()
}

// behindProxy makes a client whose connections to the same database pass a
// network that breaks.
func (b *bundle) behindProxy(t *testing.T) (*jobs.Client, *pgproxy.Proxy) {
	t.Helper()
	config := b.pool.Config()
	server := net.JoinHostPort(config.ConnConfig.Host, strconv.Itoa(int(config.ConnConfig.Port)))
	proxy, err := pgproxy.Listen(context.WithoutCancel(t.Context()), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	_, port, err := net.SplitHostPort(proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Host, config.ConnConfig.Port = "127.0.0.1", uint16(number)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	client, err := jobs.NewClient(pool, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return client, proxy
}

// A commit that nobody knows about is unknown to all that shared it, whether it
// happened or not; a repeat finds out.
func TestALostCommitIsUnknownToAll(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault pgproxy.Fault
		jobs  int
	}{
		"before it arrived": {pgproxy.BeforeCommit, 0},
		"after it was made": {pgproxy.AfterCommit, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 1)
			client, proxy := b.behindProxy(t)
			// The statements are prepared, as they are in the long run.
			if _, err := client.Enqueue(t.Context(), keyed("first", ask("warm"))); err != nil {
				t.Fatal(err)
			}
			trap := proxy.Set(test.fault, 1)
			requests := []project.EnqueueRequest{keyed("k", ask("a")), ask("b")}
			for i, s := range client.EnqueueTogether(requests...) {
				if !errors.Is(s.Err, project.ErrOutcomeUnknown) || s.Alone {
					t.Errorf("request %d: %+v, want ErrOutcomeUnknown", i, s)
				}
			}
			if trap.Sprung() != 1 {
				t.Fatal("no commit was lost")
			}
			// The server may still be at it when the client has lost it.
			until(t, b, test.jobs+1, written)
			result, err := client.Enqueue(t.Context(), requests[0])
			if err != nil || result.Replayed != (test.jobs > 0) {
				t.Errorf("the repeat = %+v, %v", result, err)
			}
			expect(t, b, 1, "select count(*) from sync_jobs where source = 'a'")
		})
	}
}
