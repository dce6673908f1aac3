package killtest

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// everything is more pages than any listing has.
const everything = 1 << 30

// gate is a trigger on the ledger that holds every page beyond a number back.
// It waits by looking again: the table is read anew by each statement of a
// function, and a lock would end with the worker's own time-out for locks.
//
// The session of a worker that was killed in there notices nothing until the
// gate opens. Then it goes on with what it has received, which is what happens
// to the last words of any client that dies: its page is committed or not.
const gate = `
	create table killtest_gate (pages bigint not null);
	insert into killtest_gate values (0);
	create function killtest_wait() returns trigger language plpgsql as $$
	begin
		while (select count(*) from sync_pages) >= (select pages from killtest_gate) loop
			perform pg_sleep(0.01);
		end loop;
		return null;
	end $$;
	create trigger killtest_wait before insert on sync_pages for each statement execute function killtest_wait();`

// finished asks whether a job has ended.
const finished = "select finished_at is not null from sync_jobs where id = $1"

// listing is the job of a test, as the database has it.
type listing struct {
	t    *testing.T
	pool *pgxpool.Pool
	job  string
}

func (l *listing) installGate() {
	l.t.Helper()
	if _, err := l.pool.Exec(l.t.Context(), gate); err != nil {
		l.t.Fatal(err)
	}
}

// letThrough opens the gate for so many pages more, and returns how many the
// ledger then has at least. A worker's transactions that are under way when the
// gate closes bring it further.
func (l *listing) letThrough(pages int) int {
	l.t.Helper()
	return ask[int](l, "update killtest_gate set pages = $1 + (select count(*) from sync_pages) returning pages", pages)
}

// awaitMiddle waits until a worker has brought the ledger to so many pages, and
// is at others: one partition may have ended before the next one was taken up.
func (l *listing) awaitMiddle(w *worker, pages int) {
	l.t.Helper()
	const reading = `select exists (
		select from sync_partitions where job_id = $1 and state = 'running' and not last_page and lease_until > now()
	)`
	l.await(w, "the pages", func() bool {
		return ask[int](l, "select count(*) from sync_pages") >= pages && ask[bool](l, reading, l.job)
	})
}

// awaitSuccess waits until a worker has ended the job.
func (l *listing) awaitSuccess(w *worker) {
	l.t.Helper()
	l.await(w, "the job's end", func() bool {
		return ask[bool](l, finished, l.job)
	})
}

// await polls until a condition holds. A worker that is gone, or a job that has
// ended, will never make it hold.
func (l *listing) await(w *worker, what string, holds func() bool) {
	l.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		over := w.gone() || ask[bool](l, finished, l.job) || time.Now().After(deadline)
		if holds() {
			return
		}
		if over {
			l.t.Fatalf("waited in vain for %s: the job is %s after %d pages, its error %s", what,
				ask[string](l, "select status from sync_jobs where id = $1", l.job),
				ask[int](l, "select count(*) from sync_pages"),
				ask[string](l, "select coalesce(error::text, 'none') from sync_jobs where id = $1", l.job))
		}
		<-time.After(look)
	}
}

// ask reads one value from the database.
func ask[T any](l *listing, query string, args ...any) T {
	l.t.Helper()
	var value T
	if err := l.pool.QueryRow(l.t.Context(), query, args...).Scan(&value); err != nil {
		l.t.Fatalf("%s: %v", query, err)
	}
	return value
}
