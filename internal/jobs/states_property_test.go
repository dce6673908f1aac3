package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// recordChanges has Postgres itself write down every change of a state, also
// those that a transaction makes on its way.
const recordChanges = `
	create table changes (
		n bigint generated always as identity, what text, id text, source text, was text, now text, began boolean,
		ended boolean, touched boolean, epoch_was bigint, epoch_now bigint
	);
	create function record_job() returns trigger language plpgsql as $$ begin
		insert into changes (what, id, source, was, now, began, ended, touched, epoch_was, epoch_now)
		values ('job', new.id, new.source, old.status, new.status, new.started_at is not null, old.finished_at is not null,
			(old.status, old.phase, old.finished_at, old.receipt, old.error, old.epoch)
				is distinct from (new.status, new.phase, new.finished_at, new.receipt, new.error, new.epoch),
			old.epoch, new.epoch);
		return null;
	end $$;
	create function record_partition() returns trigger language plpgsql as $$ begin
		insert into changes (what, id, source, was, now, began, ended, touched, epoch_was, epoch_now)
		select 'partition', new.id, j.source, old.state, new.state, true, old.finished_at is not null,
			(old.state, old.page_no, old.cursor, old.epoch) is distinct from (new.state, new.page_no, new.cursor, new.epoch),
			old.epoch, new.epoch
		from sync_jobs j where j.id = new.job_id;
		return null;
	end $$;
	create trigger record after update on sync_jobs for each row execute function record_job();
	create trigger record after update on sync_partitions for each row execute function record_partition()`

// change is what a trigger wrote down.
type change struct {
	N                     int64
	What, ID, Was, Now    string
	Began, Ended, Touched bool
	EpochWas, EpochNow    int64
}

// partitionSteps are the arrows between the states of a partition, as they are
// drawn in package project.
func partitionSteps() map[string][]string {
	return map[string][]string{
		"ready": {"running", "stopped"}, "running": {"ready", "waiting", "done", "stopped"},
		"waiting": {"running", "ready", "stopped"},
	}
}

// stateMachine moves the jobs of one source in every way there is, in an order
// that chance decides, without River: tasks are delivered by hand.
type stateMachine struct {
	ctx    context.Context
	pool   *pgxpool.Pool
	name   string
	client *jobs.Client
	worker *jobs.Worker
	source *fake
	// failure is how the source answers.
	failure error
	// looked is the last change that was looked at; steps counts those of all checks.
	looked int64
	steps  map[string]int
}

// TestStatesAgainstTheirDiagram enqueues, delivers, delivers again, loses,
// takes over, cancels and retries, in any order and with any answer of the
// source, and looks at every single change of a state: all of them are arrows of
// the diagrams in package project, a terminal state is written once and never
// left (I11), a source never has two jobs that run or two that have not begun
// (I2), epochs never fall. When the trouble is over every job ends (I1).
func TestStatesAgainstTheirDiagram(t *testing.T) {
	t.Parallel()
	pool, _ := brittlePool(t)
	if _, err := pool.Exec(t.Context(), recordChanges); err != nil {
		t.Fatal(err)
	}
	steps := map[string]int{}
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		checks++
		m := &stateMachine{
			ctx: t.Context(), pool: pool, name: fmt.Sprint("states ", checks), steps: steps,
			source: &fake{pageSize: 2, rows: [][]string{numbered(5), numbered(3)}},
		}
		m.start(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"":              m.look,
			"enqueue":       m.enqueue,
			"deliver":       m.deliver,
			"deliver also":  m.deliver,
			"deliver still": m.deliver,
			"deliver again": m.deliverAgain,
			"lose a task":   m.lose,
			"reap":          m.reap,
			"cancel":        m.cancel,
			"retry":         m.retry,
		})
		m.settle(rt)
	})
	t.Logf("the steps that were taken: %v", steps)
	// Those that no run of 20 checks ever missed by far; the others come too.
	for _, step := range []string{
		"job queued running", "job queued cancelled", "job running succeeded", "job running failed", "job running cancelled",
		"partition ready running", "partition running ready", "partition running done",
	} {
		if steps[step] == 0 && checks >= 20 {
			t.Errorf("no check ever took the step %s: they prove nothing of it", step)
		}
	}
}

func (m *stateMachine) start(t *rapid.T) {
	m.source.before = func(int, int) error { return m.failure }
	log := slog.New(slog.DiscardHandler)
	var err error
	if m.client, err = jobs.NewClient(m.pool, log); err != nil {
		t.Fatal(err)
	}
	config := testConfig(m.pool)
	if rapid.Bool().Draw(t, "short slices") {
		config.Slice = time.Nanosecond
	}
	src := jobs.Source{Source: m.source, Name: m.name, AbsentRuns: 1, MaxDeleteShare: 1}
	if m.worker, err = jobs.NewWorker(m.pool, []jobs.Source{src}, config, log); err != nil {
		t.Fatal(err)
	}
	if err := m.pool.QueryRow(m.ctx, "select coalesce(max(n), 0) from changes").Scan(&m.looked); err != nil {
		t.Fatal(err)
	}
	m.enqueue(t)
}

func (m *stateMachine) enqueue(t *rapid.T) {
	_, err := m.client.Enqueue(m.ctx, project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: m.name, Kind: "fake", Mode: project.ModeFull}},
		Trigger: project.TriggerAPI, Caller: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
}

// one draws a row of a query.
func one[T any](t *rapid.T, m *stateMachine, query string) T {
	rows, err := m.pool.Query(m.ctx, query, m.name)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("there is none")
	}
	return found[rapid.IntRange(0, len(found)-1).Draw(t, "which")]
}

// tasks are those of the source's jobs; due are those that River would deliver.
const (
	tasks = `select t.id from river_job t join sync_jobs j on j.id::text = t.args->>'job_id' where j.source = $1`
	due   = tasks + ` and t.state in ('available', 'scheduled') order by t.id`
)

// answer draws how the source answers from now on.
func (m *stateMachine) answer(t *rapid.T) {
	failures := []error{nil, nil, nil}
	for _, kind := range source.Kinds() {
		failures = append(failures, &source.Error{Kind: kind, Code: "drawn", Message: "drawn", RetryAfter: time.Nanosecond})
	}
	m.failure = rapid.SampledFrom(failures).Draw(t, "answer")
}

func (m *stateMachine) deliver(t *rapid.T) {
	m.answer(t)
	m.work(t, one[int64](t, m, due))
}

// work runs a task. What it returns River would log, and forget the task.
func (m *stateMachine) work(t *rapid.T, task int64) {
	m.exec(t, "update river_job set state = 'running', attempted_at = now(), attempt = 1 where id = $1 and finalized_at is null", task)
	end := "completed"
	if err := m.worker.Deliver(m.ctx, task); err != nil {
		end = "discarded"
	}
	m.exec(t, "update river_job set state = $2, finalized_at = now() where id = $1 and state = 'running'", task, end)
}

func (m *stateMachine) deliverAgain(t *rapid.T) {
	m.answer(t)
	if err := m.worker.Deliver(m.ctx, one[int64](t, m, tasks+" order by t.id")); err != nil {
		t.Fatalf("a task that is delivered again: %v", err)
	}
}

// lose lets a worker die with a task, before its claim or after it.
func (m *stateMachine) lose(t *rapid.T) {
	task := one[int64](t, m, due)
	if rapid.Bool().Draw(t, "claimed") {
		var job string
		var partition, epoch int64
		err := m.pool.QueryRow(m.ctx, `select args->>'job_id', (args->>'partition_id')::bigint, (args->>'epoch')::bigint
			from river_job where id = $1 and kind = 'partition'`, task).Scan(&job, &partition, &epoch)
		if err == nil {
			// Nothing to claim is as good: the task was no longer current.
			_, _ = m.worker.Claim(m.ctx, job, m.name, partition, epoch)
		}
	}
	m.exec(t, "update river_job set state = 'discarded', finalized_at = now() where id = $1", task)
}

// reap lets all leases run out.
func (m *stateMachine) reap(t *rapid.T) {
	m.exec(t, `update sync_partitions set lease_until = now() - interval '1 s'
		where finished_at is null and job_id in (select id from sync_jobs where source = $1)`, m.name)
	m.exec(t, "update sync_jobs set lease_until = now() - interval '1 s' where finished_at is null and source = $1", m.name)
	if err := m.worker.Reap(m.ctx); err != nil {
		t.Fatal(err)
	}
}

const anyJob = "select id::text from sync_jobs where source = $1 order by id"

func (m *stateMachine) cancel(t *rapid.T) {
	if err := m.client.Cancel(m.ctx, one[string](t, m, anyJob)); err != nil && !errors.Is(err, project.ErrJobFinished) {
		t.Fatal(err)
	}
}

func (m *stateMachine) retry(t *rapid.T) {
	request := project.RetryRequest{JobID: one[string](t, m, anyJob), Caller: "test"}
	if _, err := m.client.Retry(m.ctx, request); err != nil && !errors.Is(err, project.ErrNotRetryable) {
		t.Fatal(err)
	}
}

func (m *stateMachine) exec(t *rapid.T, statement string, args ...any) {
	if _, err := m.pool.Exec(m.ctx, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// look judges every change since the last look, and what the source has now.
func (m *stateMachine) look(t *rapid.T) {
	rows, err := m.pool.Query(m.ctx, `select n, what, id, was, now, began, ended, touched, epoch_was, epoch_now
		from changes where source = $1 and n > $2 order by n`, m.name, m.looked)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[change])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		m.looked = c.N
		m.judge(t, c)
	}
	var running, next int
	err = m.pool.QueryRow(m.ctx, `select count(*) filter (where started_at is not null), count(*) filter (where started_at is null)
		from sync_jobs where source = $1 and finished_at is null`, m.name).Scan(&running, &next)
	if err != nil || running > 1 || next > 1 {
		t.Fatalf("%d jobs run and %d have not begun, want one of each at most (%v)", running, next, err)
	}
}

func (m *stateMachine) judge(t *rapid.T, c change) {
	if c.Ended && c.Touched {
		t.Fatalf("what has ended was changed: %+v", c)
	}
	if c.EpochNow < c.EpochWas {
		t.Fatalf("an epoch fell: %+v", c)
	}
	if c.Was == c.Now {
		return
	}
	m.steps[c.What+" "+c.Was+" "+c.Now]++
	allowed := slices.Contains(partitionSteps()[c.Was], c.Now)
	if c.What == "job" {
		_, err := project.Status(c.Was).To(project.Status(c.Now))
		// Only a job that has not begun goes back to its queue place.
		allowed = err == nil && (c.Now != "queued" || !c.Began)
	}
	if !allowed {
		t.Fatalf("the diagram has no such step: %+v", c)
	}
}

// settle lets the trouble end: with a source that answers and workers that
// live, every job ends.
func (m *stateMachine) settle(t *rapid.T) {
	m.failure = nil
	for range 100 {
		var open int
		if err := m.pool.QueryRow(m.ctx, "select count(*) from sync_jobs where source = $1 and finished_at is null", m.name).Scan(&open); err != nil {
			t.Fatal(err)
		}
		if open == 0 {
			break
		}
		rows, err := m.pool.Query(m.ctx, due, m.name)
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range waiting {
			m.work(t, task)
		}
		m.look(t)
		if len(waiting) == 0 {
			m.reap(t)
		}
	}
	rows, err := m.pool.Query(m.ctx, "select status || ' ' || phase from sync_jobs where source = $1 and finished_at is null", m.name)
	if err != nil {
		t.Fatal(err)
	}
	if open, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(open) > 0 {
		t.Fatalf("jobs that never end: %v (%v)", open, err)
	}
}
