package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// fake is a source in memory whose truth and misbehaviour a test decides.
type fake struct {
	mu sync.Mutex
	// rows are the partitions' records, in order.
	rows     [][]string
	total    *int64
	pageSize int
	// before is called for each page about to be answered; its error ends the listing.
	before func(partition, page int) error
	// lists counts the calls of List.
	lists int
}

func record(id int, name string) string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"path":"group/%s"}`, id, name, name)
}

func (f *fake) Plan(context.Context) (source.Plan, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	plan := source.Plan{Total: f.total}
	for i := range f.rows {
		plan.Partitions = append(plan.Partitions, source.Partition{Name: fmt.Sprint("part ", i), Spec: []byte(strconv.Itoa(i))})
	}
	return plan, nil
}

func (f *fake) List(ctx context.Context, p source.Partition, from source.Cursor) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		f.mu.Lock()
		f.lists++
		f.mu.Unlock()
		part, _ := strconv.Atoi(string(p.Spec))
		at, _ := strconv.Atoi(string(from))
		for {
			page, err := f.page(part, at)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(page, err) || err != nil || page.Last {
				return
			}
			at += f.pageSize
		}
	}
}

func (f *fake) page(part, at int) (source.Page, error) {
	if f.before != nil {
		if err := f.before(part, at/f.pageSize); err != nil {
			return source.Page{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	rows := f.rows[part]
	end := min(at+f.pageSize, len(rows))
	page := source.Page{Next: source.Cursor(strconv.Itoa(at + f.pageSize)), Last: end == len(rows)}
	for _, raw := range rows[min(at, end):end] {
		var id struct {
			ID json.Number `json:"id"`
		}
		rec := source.Record{Raw: []byte(raw)}
		if err := json.Unmarshal(rec.Raw, &id); err != nil {
			rec.Err = err
		}
		rec.ID = id.ID.String()
		page.Records = append(page.Records, rec)
	}
	return page, nil
}

func (f *fake) Normalize(raw []byte) (project.Project, error) {
	var r struct {
		Name string `json:"name"`
		Path string `json:"path"`
	}
	err := json.Unmarshal(raw, &r)
	return project.Project{Name: r.Name, FullPath: r.Path}, err
}

func (f *fake) Version() string { return "fake/1" }

// set replaces the listing of a source with one partition.
func (f *fake) set(rows ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = [][]string{rows}
}

// numbered makes n records.
func numbered(n int) []string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = record(i+1, fmt.Sprint("p", i+1))
	}
	return rows
}

// bundle is one worker, one client and one source over a database of their own.
type bundle struct {
	pool   *pgxpool.Pool
	client *jobs.Client
	source *fake
	worker *jobs.Worker
	log    *slog.Logger
}

func testConfig(pool *pgxpool.Pool) jobs.Config {
	return jobs.Config{
		Concurrency: 4, Slice: time.Minute, PagesPerTransaction: 10, Lease: 4 * time.Second, FirstBackoff: 10 * time.Millisecond,
		KeepJobs: time.Hour, KeepLedger: time.Hour,
		Receipts: pool,
	}
}

// setup starts a worker over one source named "src" with n records.
func setup(t *testing.T, n int) *bundle {
	t.Helper()
	pool := dbtest.New(t)
	b := &bundle{pool: pool, source: &fake{pageSize: 10, rows: [][]string{numbered(n)}}}
	b.log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if b.client, err = jobs.NewClient(pool, b.log); err != nil {
		t.Fatal(err)
	}
	return b
}

// start starts the worker.
func (b *bundle) start(t *testing.T, change ...func(*jobs.Config)) {
	t.Helper()
	b.startSource(t, jobs.Source{Source: b.source, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1}, change...)
}

// startSource starts the worker over another source.
func (b *bundle) startSource(t *testing.T, src jobs.Source, change ...func(*jobs.Config)) {
	t.Helper()
	config := testConfig(b.pool)
	for _, f := range change {
		f(&config)
	}
	worker, err := jobs.NewWorker(b.pool, []jobs.Source{src}, config, b.log)
	if err != nil {
		t.Fatal(err)
	}
	b.worker = worker
	if err := worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.stop(t) })
}

func (b *bundle) stop(t *testing.T) {
	t.Helper()
	if b.worker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := b.worker.Stop(ctx); err != nil {
		t.Errorf("stop worker: %v", err)
	}
	b.worker = nil
}

// post enqueues a sync of "src" and returns the job's id.
func (b *bundle) post(t *testing.T) string {
	t.Helper()
	return b.postMode(t, project.ModeFull)
}

func (b *bundle) postMode(t *testing.T, mode string) string {
	t.Helper()
	result, err := b.client.Enqueue(t.Context(), project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: "src", Kind: "fake", Mode: mode}},
		Trigger: project.TriggerAPI, Caller: "test",
	})
	if err != nil {
		t.Fatalf("enqueue: %v", err)
	}
	return result.Jobs[0].Job.ID
}

// until polls until a query's single value is what is wanted.
func until[T comparable](t *testing.T, b *bundle, want T, query string, args ...any) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	var got T
	for time.Now().Before(deadline) {
		if err := b.pool.QueryRow(t.Context(), query, args...).Scan(&got); err == nil && got == want {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	var state string
	_ = b.pool.QueryRow(t.Context(), `select coalesce(json_agg(row_to_json(j))::text, '') from sync_jobs j`).Scan(&state)
	t.Fatalf("%s %v: got %v, want %v; jobs: %s", query, args, got, want, state)
}

const statusOf = "select status from sync_jobs where id = $1"

// sync posts and waits for the job to succeed.
func (b *bundle) sync(t *testing.T) string {
	t.Helper()
	return b.syncMode(t, project.ModeFull)
}

func (b *bundle) syncMode(t *testing.T, mode string) string {
	t.Helper()
	id := b.postMode(t, mode)
	until(t, b, "succeeded", statusOf, id)
	return id
}

// expect compares a query's single value.
func expect[T comparable](t *testing.T, b *bundle, want T, query string, args ...any) {
	t.Helper()
	var got T
	if err := b.pool.QueryRow(t.Context(), query, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if got != want {
		t.Errorf("%s = %v, want %v", query, got, want)
	}
}

// testWriter sends log lines to the test's own log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Log(string(line[:len(line)-1]))
	}
	return len(line), nil
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, string(line))
	return len(line), nil
}

// with returns the lines that have a message.
func (l *lines) with(message string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found strings.Builder
	for _, line := range l.text {
		if strings.Contains(line, `"msg":"`+message+`"`) {
			found.WriteString(line)
		}
	}
	return found.String()
}
