package github_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// mirror is a worker over one source, with a database of its own.
type mirror struct {
	pool   *pgxpool.Pool
	client *jobs.Client
}

func startMirror(t *testing.T, src source.Source) *mirror {
	t.Helper()
	pool := dbtest.New(t)
	log := slog.New(slog.DiscardHandler)
	client, err := jobs.NewClient(pool, log)
	if err != nil {
		t.Fatal(err)
	}
	worker, err := jobs.NewWorker(pool,
		[]jobs.Source{{Source: src, Name: "github", AbsentRuns: 1, MaxDeleteShare: 1}},
		jobs.Config{
			Concurrency: 2, Slice: time.Minute, PagesPerTransaction: 10, Lease: 10 * time.Second, FirstBackoff: time.Second,
			KeepJobs: time.Hour, KeepLedger: time.Hour, Receipts: pool,
		}, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := worker.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return &mirror{pool: pool, client: client}
}

// sync waits for a job to succeed, and returns what became of the records as
// "created/updated/unchanged/absent rows, receipt".
func (m *mirror) sync(t *testing.T) string {
	t.Helper()
	result, err := m.client.Enqueue(t.Context(), project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: "github", Kind: "github", Mode: project.ModeFull}},
		Trigger: project.TriggerAPI, Caller: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		var status, counts string
		err := m.pool.QueryRow(t.Context(), `select j.status, concat_ws('/', sum(p.created), sum(p.updated), sum(p.unchanged),
				j.deleted, j.listing_complete, j.receipt ->> 'verified')
			from sync_jobs j left join sync_partitions p on p.job_id = j.id where j.id = $1 group by j.id`, result.Jobs[0].Job.ID).
			Scan(&status, &counts)
		switch {
		case err != nil:
			t.Fatal(err)
		case status == string(project.Succeeded):
			return counts
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatal("the job did not succeed")
	return ""
}

// TestUnchangedPagesCostNothing of the rate limit, through a worker.
func TestUnchangedPagesCostNothing(t *testing.T) {
	t.Parallel()
	f := many(t, 1000)
	src := service(t, f, "org: acme\n").New(t)
	m := startMirror(t, src)
	asked := func() (spent, confirmed int) {
		f.Lock()
		defer f.Unlock()
		spent, confirmed = len(f.requests)-f.confirmed, f.confirmed
		f.requests, f.confirmed = nil, 0
		return spent, confirmed
	}
	steps := []struct {
		name   string
		change func()
		counts string
		// most is how many requests may spend of the limit.
		most int
	}{
		// The plan's own request, and a page for 88 repositories.
		{"the first time", func() {}, "1000/0/0/0/t/true", 14},
		// The plan's and the last page, with one that is new the one behind it.
		{"nothing changed", func() {}, "0/0/1000/0/t/true", 2},
		{"one is pushed to", func() { f.Update("500") }, "0/1/999/0/t/true", 3},
		{"one is new", func() { f.Add("2000") }, "1/0/1000/0/t/true", 3},
		// All pages behind it move: the earlier ones are confirmed.
		{"one is gone", func() { f.Remove("700") }, "0/0/1000/1/t/true", 8},
		{"nothing changed again", func() {}, "0/0/1000/0/t/true", 2},
	}
	for _, step := range steps {
		step.change()
		counts := m.sync(t)
		spent, confirmed := asked()
		if counts != step.counts || spent > step.most {
			t.Errorf("%s: %s with %d requests, and %d that cost nothing; want %s with %d at most",
				step.name, counts, spent, confirmed, step.counts, step.most)
		}
		t.Logf("%s: %d requests, %d confirmed", step.name, spent, confirmed)
	}
	var rows string
	if err := m.pool.QueryRow(t.Context(), "select concat(count(*), '/', sum((payload ->> 'id')::bigint)) from active_projects").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("1000/%d", 1000*1001/2+2000-700); rows != want {
		t.Errorf("the table has %s, want %s", rows, want)
	}
}

// TestFullLastPageIsReadAgain: its body stays the same when another one follows,
// and a 304 would hide that.
func TestFullLastPageIsReadAgain(t *testing.T) {
	t.Parallel()
	f := many(t, 100)
	src, ok := service(t, f, "org: acme\n").New(t).(source.Conditional)
	if !ok {
		t.Fatal("GitHub confirms nothing")
	}
	kept := map[source.Cursor]source.Page{}
	list := func() (records int) {
		from := source.Cursor("")
		for page, err := range src.ListKnown(t.Context(), partition(t, "/orgs/acme/repos"), "", func(_ context.Context, c source.Cursor) source.Known {
			return source.Known{Validator: kept[c].Validator, Next: kept[c].Next}
		}) {
			if err != nil {
				t.Fatal(err)
			}
			if page.Unchanged {
				page.Records = kept[from].Records
			}
			kept[from] = page
			from = page.Next
			records += len(page.Records)
		}
		return records
	}
	if first, second := list(), list(); first != 100 || second != 100 {
		t.Fatalf("%d and %d repositories, want 100", first, second)
	}
	f.Add("101")
	if records := list(); records != 101 {
		t.Errorf("%d repositories, want 101", records)
	}
}

// TestConfirmedWholeStaysWhole: what a token may not see is left out with 304 as
// well as with 200.
func TestConfirmedWholeStaysWhole(t *testing.T) {
	t.Parallel()
	f := many(t, 300)
	src, ok := service(t, f, "org: acme\n").New(t).(source.Conditional)
	if !ok {
		t.Fatal("GitHub confirms nothing")
	}
	page, err := first(t, src, partition(t, "/orgs/acme/repos"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.Change(func() { f.header = map[string][]string{"X-Github-Sso": {"partial-results; organizations=1"}} })
	known := func(context.Context, source.Cursor) source.Known {
		return source.Known{Validator: page.Validator, Next: page.Next}
	}
	for _, err := range src.ListKnown(t.Context(), partition(t, "/orgs/acme/repos"), "", known) {
		if source.KindOf(err) != source.Configuration {
			t.Errorf("got %v, want a refusal", err)
		}
		break
	}
	if f.confirmed != 1 {
		t.Errorf("%d pages were confirmed, want 1", f.confirmed)
	}
}
