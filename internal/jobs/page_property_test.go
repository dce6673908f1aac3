package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

var errUnreadable = errors.New("the test's own unreadable record")

// Plan has one partition.
func (s *modelSource) Plan(context.Context) (source.Plan, error) {
	return source.Plan{Partitions: []source.Partition{{Name: "all"}}}, nil
}

// pageMachine commits drawn pages, alone and together, through the real runner on the real Postgres,
// and through the model.
type pageMachine struct {
	ctx     context.Context
	name    string
	runs    int
	brittle *brittle
	// check reads back over a connection that is never cut.
	check  *pgx.Conn
	client *jobs.Client
	worker *jobs.Worker
	source *modelSource
	draw   drawer
	model  *mirror

	job       string
	partition int64
	holder    *jobs.Holder
	// stale have lost their lease.
	stale  []*jobs.Holder
	epoch  int64
	cursor source.Cursor
	// lost counts takeovers since the last commit: ten would fail the job.
	lost int
	// before and touched are how the rows stood at the last look.
	before  *tables
	touched map[string]int
}

// TestPagesAgainstAModel draws what may happen to the pages of a source's jobs:
// records that are new, changed, the same, repeated, unreadable or refused by
// Postgres, rows that vanish and come back, takeovers, holders that have lost
// their lease, connections that are cut anywhere in a page's transaction, and
// contexts that end in the middle of it. After each step the tables equal a
// model that knows no SQL.
func TestPagesAgainstAModel(t *testing.T) {
	t.Parallel()
	pool, cut := brittlePool(t)
	check, err := pgx.Connect(t.Context(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { check.Close(context.WithoutCancel(t.Context())) })
	machines := 0
	rapid.Check(t, func(rt *rapid.T) {
		machines++
		m := &pageMachine{
			ctx: t.Context(), name: fmt.Sprint("model ", machines), runs: rapid.IntRange(1, 2).Draw(rt, "absent runs"),
			brittle: cut, check: check, source: &modelSource{}, model: newMirror(), before: &tables{}, touched: map[string]int{},
			draw: drawer{drawn: map[string]drawnRecord{}},
		}
		m.start(rt, pool)
		rt.Repeat(map[string]func(*rapid.T){
			"":                        m.compare,
			"pages":                   m.commit,
			"other pages":             m.commit,
			"takeover":                m.takeOver,
			"pages of a stale holder": m.commitStale,
			"cut connection":          m.cutOff,
			"context ends":            m.endContext,
			"last page":               m.finish,
		})
	})
}

func (m *pageMachine) start(t *rapid.T, pool *pgxpool.Pool) {
	log := slog.New(slog.DiscardHandler)
	var err error
	if m.client, err = jobs.NewClient(pool, log); err != nil {
		t.Fatal(err)
	}
	src := jobs.Source{Source: m.source, Name: m.name, AbsentRuns: m.runs, MaxDeleteShare: 1}
	if m.worker, err = jobs.NewWorker(pool, []jobs.Source{src}, testConfig(pool), log); err != nil {
		t.Fatal(err)
	}
	m.worker.Drain()
	m.begin(t)
}

// begin enqueues and plans the next job, and claims its partition.
func (m *pageMachine) begin(t *rapid.T) {
	result, err := m.client.Enqueue(m.ctx, project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: m.name, Kind: "model", Mode: project.ModeFull}},
		Trigger: project.TriggerAPI, Caller: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	m.job = result.Jobs[0].Job.ID
	if err := m.worker.Plan(m.ctx, m.job); err != nil {
		t.Fatal(err)
	}
	m.scan(t, "select id, epoch from sync_partitions where job_id = $1", m.job, &m.partition, &m.epoch)
	m.cursor, m.lost, m.stale = "", 0, nil
	m.claim(t)
}

func (m *pageMachine) claim(t *rapid.T) {
	var err error
	if m.holder, err = m.worker.Claim(m.ctx, m.job, m.name, m.partition, m.epoch); err != nil {
		t.Fatal(err)
	}
	m.epoch++
}

func (m *pageMachine) scan(t *rapid.T, query string, arg any, into ...any) {
	if err := m.check.QueryRow(m.ctx, query, arg).Scan(into...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// drawnPage is a page with what the model knows of its records.
type drawnPage struct {
	source.Page

	records []drawnRecord
}

// pages draws up to three pages that follow each other, and whether their
// records are read before they are looked up.
func (m *pageMachine) pages(t *rapid.T) (pages []drawnPage, readAhead bool) {
	pages = make([]drawnPage, rapid.IntRange(1, 3).Draw(t, "pages"))
	for i := range pages {
		p := &pages[i]
		p.records, p.Next = m.draw.records(t), m.draw.next()
		for k := range p.records {
			p.Records = append(p.Records, p.records[k].Record)
		}
	}
	return pages, rapid.Bool().Draw(t, "read ahead")
}

// hand lets a holder commit pages.
func hand(ctx context.Context, h *jobs.Holder, readAhead bool, pages []drawnPage) error {
	list := make([]source.Page, len(pages))
	for i := range pages {
		list[i] = pages[i].Page
	}
	return h.Commit(ctx, readAhead, list...)
}

// committed moves the model on.
func (m *pageMachine) committed(epoch int64, pages []drawnPage) {
	for i := range pages {
		m.model.commit(m.job, epoch, pages[i].records)
		m.cursor = pages[i].Next
	}
}

func (m *pageMachine) commit(t *rapid.T) {
	pages, readAhead := m.pages(t)
	if err := hand(m.ctx, m.holder, readAhead, pages); err != nil {
		t.Fatalf("commit pages: %v", err)
	}
	m.committed(m.epoch, pages)
	m.lost = 0
}

// takeOver lets the lease run out: the reaper passes the partition on, and the
// holder there was is stale.
func (m *pageMachine) takeOver(t *rapid.T) {
	if m.lost == 8 {
		t.Skip("the next ones would fail the job")
	}
	if _, err := m.check.Exec(m.ctx, "update sync_partitions set lease_until = now() - interval '1 s' where id = $1", m.partition); err != nil {
		t.Fatal(err)
	}
	if err := m.worker.TakeOver(m.ctx, m.holder, m.epoch); err != nil {
		t.Fatal(err)
	}
	m.lost++
	m.epoch++
	m.stale = append(m.stale, m.holder)
	if rapid.Bool().Draw(t, "before the claim") {
		m.commitStale(t)
	}
	m.claim(t)
}

func (m *pageMachine) commitStale(t *rapid.T) {
	if len(m.stale) == 0 {
		t.Skip("nobody has lost a lease")
	}
	pages, readAhead := m.pages(t)
	pages[len(pages)-1].Last = rapid.Bool().Draw(t, "last")
	holder := rapid.SampledFrom(m.stale).Draw(t, "holder")
	if err := hand(m.ctx, holder, readAhead, pages); !errors.Is(err, store.ErrFenced) {
		t.Fatalf("a stale holder's pages: %v, want %v", err, store.ErrFenced)
	}
}

// cutOff cuts the connection somewhere in the pages' transaction. Whether they
// were committed nobody knows, until the partition is taken over, or until the
// holder tries again. Where each page got a transaction of its own some may be.
func (m *pageMachine) cutOff(t *rapid.T) {
	pages, readAhead := m.pages(t)
	m.brittle.arm(rapid.IntRange(1, 8).Draw(t, "write"), rapid.Bool().Draw(t, "delivered"))
	err := hand(m.ctx, m.holder, readAhead, pages)
	m.brittle.arm(0, false)
	epoch := m.epoch
	if err != nil && (m.lost == 8 || rapid.Bool().Draw(t, "tried again")) {
		known := slices.IndexFunc(pages, func(p drawnPage) bool { return p.Next == m.holder.Cursor() }) + 1
		err = hand(m.ctx, m.holder, readAhead, pages[known:])
		switch {
		case errors.Is(err, store.ErrFenced):
			m.lost = 0 // the pages were committed
		case err != nil:
			t.Fatalf("try pages again: %v", err)
		}
	}
	if err == nil {
		m.committed(epoch, pages)
		m.lost = 0
		return
	}
	m.takeOver(t)
	var number int
	m.scan(t, "select page_no from sync_partitions where id = $1", m.partition, &number)
	m.committed(epoch, pages[:number-len(m.model.Ledger)])
}

// endContext ends the context while the pages' transaction is open, if a record
// is read there.
func (m *pageMachine) endContext(t *rapid.T) {
	pages, _ := m.pages(t)
	ctx, cancel := context.WithCancel(m.ctx)
	defer cancel()
	m.source.reading = cancel
	err := hand(ctx, m.holder, false, pages)
	m.source.reading = nil
	switch {
	case err == nil:
		m.committed(m.epoch, pages)
		m.lost = 0
	case !errors.Is(err, context.Canceled):
		t.Fatalf("pages whose context ends: %v", err)
	}
}

// finish commits a last page, ends the job and begins the next one.
func (m *pageMachine) finish(t *rapid.T) {
	pages, readAhead := m.pages(t)
	pages[len(pages)-1].Last = true
	if err := hand(m.ctx, m.holder, readAhead, pages); err != nil {
		t.Fatal(err)
	}
	m.committed(m.epoch, pages)
	m.lost = 0
	m.compare(t)
	if err := hand(m.ctx, m.holder, readAhead, pages); !errors.Is(err, store.ErrFenced) {
		t.Fatalf("a page behind the last one: %v, want %v", err, store.ErrFenced)
	}
	if err := m.holder.Done(m.ctx); err != nil {
		t.Fatal(err)
	}
	var epoch int64
	m.scan(t, "select epoch from sync_jobs where id = $1 and phase = 'finalize'", m.job, &epoch)
	if err := m.worker.Finalize(m.ctx, m.job, epoch); err != nil {
		t.Fatal(err)
	}
	want := m.model.finish(m.job, m.runs)
	var got finished
	var status string
	var verified bool
	m.scan(t, `select status, listing_complete, absent, deleted, (receipt->>'rows_found')::bigint, (receipt->>'verified')::bool
		from sync_jobs where id = $1`, m.job, &status, &got.Complete, &got.Absent, &got.Deleted, &got.Rows, &verified)
	if diff := cmp.Diff(want, got); diff != "" || status != "succeeded" || !verified {
		t.Fatalf("the job %s, verified %v (-want +got):\n%s", status, verified, diff)
	}
	m.begin(t)
}

// compare is what holds after every step: the tables are the model, field by
// field, and a row keeps its id for ever and its time of change until it changes.
func (m *pageMachine) compare(t *rapid.T) {
	got := readTables(m.ctx, t, m.check, m.name, m.partition)
	matchReasons(got.Quarantine, m.model.Quarantine)
	options := cmp.Options{cmpopts.IgnoreUnexported(mirror{})}
	if diff := cmp.Diff(m.model, &got.mirror, options); diff != "" {
		t.Fatalf("the tables are not what the model says (-want +got):\n%s", diff)
	}
	sums := mirrorPage{No: int64(len(m.model.Ledger))}
	for _, page := range m.model.Ledger {
		sums.add(page)
	}
	if diff := cmp.Diff(sums, got.sums); diff != "" {
		t.Fatalf("the partition's counters are not the sums over its pages (-want +got):\n%s", diff)
	}
	if got.cursor != string(m.cursor) || got.epoch != m.epoch {
		t.Fatalf("cursor %q, epoch %d, want %q and %d", got.cursor, got.epoch, m.cursor, m.epoch)
	}
	for id, was := range m.before.ids {
		same := m.touched[id] == m.model.touched[id]
		if got.ids[id] != was || got.changed[id].Equal(m.before.changed[id]) != same {
			t.Fatalf("row %q: id %d, was %d; changed %s, was %s", id, got.ids[id], was, got.changed[id], m.before.changed[id])
		}
	}
	m.before = got
	m.touched = maps.Clone(m.model.touched)
}
