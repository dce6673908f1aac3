package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/jobs"
	"holdfast/internal/source"
)

// hold plans a job of "src" and claims its partition for the test's own hand.
func (b *bundle) hold(t *testing.T) *jobs.Holder {
	t.Helper()
	src := jobs.Source{Source: b.source, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1}
	worker, err := jobs.NewWorker(b.pool, []jobs.Source{src}, testConfig(b.pool), b.log)
	if err != nil {
		t.Fatal(err)
	}
	worker.Drain()
	job := b.post(t)
	if err := worker.Plan(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	var partition, epoch int64
	if err := b.pool.QueryRow(t.Context(), "select id, epoch from sync_partitions where job_id = $1", job).Scan(&partition, &epoch); err != nil {
		t.Fatal(err)
	}
	holder, err := worker.Claim(t.Context(), job, "src", partition, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return holder
}

// pageOf is a page of records, the last of which its cursor names.
func pageOf(records ...string) source.Page {
	var page source.Page
	for _, r := range records {
		var id int
		if _, err := fmt.Sscanf(r, `{"id":%d`, &id); err != nil {
			panic(err)
		}
		page.Records = append(page.Records, source.Record{ID: fmt.Sprint(id), Raw: []byte(r)})
		page.Next = source.Cursor("after " + r)
	}
	return page
}

// ledgerLines is the ledger of all jobs, and how many transactions wrote it.
func (b *bundle) ledgerLines(t *testing.T) (lines []string, transactions int) {
	t.Helper()
	err := b.pool.QueryRow(t.Context(), `select array_agg(format('page %s: %s created, %s updated, %s unchanged, %s again, %s put aside',
			page_no, created, updated, unchanged, duplicates, quarantined) order by partition_id, page_no), count(distinct xmin::text)
		from sync_pages`).Scan(&lines, &transactions)
	if err != nil {
		t.Fatal(err)
	}
	return lines, transactions
}

// wantLedger compares the ledger, and how many transactions wrote it.
func (b *bundle) wantLedger(t *testing.T, transactions int, want ...string) {
	t.Helper()
	got, wrote := b.ledgerLines(t)
	if diff := cmp.Diff(want, got); diff != "" || wrote != transactions {
		t.Errorf("%d transactions, want %d; the ledger (-want +got):\n%s", wrote, transactions, diff)
	}
}

// What an earlier page of the same transaction had counts there, be it a new
// row or one that was there before.
func TestPagesShareATransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	h := b.hold(t)
	if err := h.Commit(t.Context(), false, pageOf(record(1, "one"), record(2, "two"))); err != nil {
		t.Fatal(err)
	}
	last := pageOf(record(5, "five"), record(3, "three"))
	last.Last, last.Total = true, new(int64(5))
	if err := h.Commit(t.Context(), false,
		pageOf(record(2, "two"), record(3, "three"), record(4, "four")),
		pageOf(record(4, "four anew"), record(1, "one anew"), record(3, "three")),
		pageOf(record(1, "one again")),
		last,
	); err != nil {
		t.Fatal(err)
	}
	if err := h.Done(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.wantLedger(t, 2,
		"page 1: 2 created, 0 updated, 0 unchanged, 0 again, 0 put aside",
		"page 2: 2 created, 0 updated, 0 unchanged, 1 again, 0 put aside",
		"page 3: 0 created, 0 updated, 0 unchanged, 3 again, 0 put aside",
		"page 4: 0 created, 0 updated, 0 unchanged, 1 again, 0 put aside",
		"page 5: 1 created, 0 updated, 0 unchanged, 1 again, 0 put aside",
	)
	expect(t, b, "1 one,2 two,3 three,4 four,5 five", "select string_agg(external_id || ' ' || name, ',' order by external_id) from projects")
	expect(t, b, "5 pages, seen 5, total 5, moved f, last t",
		"select format('%s pages, seen %s, total %s, moved %s, last %s', page_no, seen, total, total_moved, last_page) from sync_partitions")
}

// A page with a record that Postgres refuses harms none of those that came with
// it: each gets a transaction of its own.
func TestAPageThatIsRefusedLeavesTheOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	h := b.hold(t)
	if err := h.Commit(t.Context(), false,
		pageOf(record(1, "one")),
		pageOf(record(2, "two"), `{"id":3,"name":"three","path":"p","note":"\u0000"}`),
		pageOf(record(4, "four"), record(1, "one")),
	); err != nil {
		t.Fatal(err)
	}
	b.wantLedger(t, 3,
		"page 1: 1 created, 0 updated, 0 unchanged, 0 again, 0 put aside",
		"page 2: 1 created, 0 updated, 0 unchanged, 0 again, 1 put aside",
		"page 3: 1 created, 0 updated, 0 unchanged, 1 again, 0 put aside",
	)
	expect(t, b, "2 3", "select string_agg(page_no || ' ' || external_id, ',') from quarantined_records")
}

// Three pages, of which the second meets a row that somebody else writes at the
// same moment, as an overlapping partition would.
func TestAPageInConflictLeavesTheOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	h := b.hold(t)
	other, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := other.Exec(t.Context(), `insert into projects (source, external_id, name, full_path, payload, content_hash)
		values ('src', '2', 'of somebody else', 'p', '{}', 'x')`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- h.Commit(t.Context(), false, pageOf(record(1, "one")), pageOf(record(2, "two")), pageOf(record(3, "three")))
	}()
	until(t, b, 1, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	b.wantLedger(t, 3,
		"page 1: 1 created, 0 updated, 0 unchanged, 0 again, 0 put aside",
		"page 2: 0 created, 1 updated, 0 unchanged, 0 again, 0 put aside",
		"page 3: 1 created, 0 updated, 0 unchanged, 0 again, 0 put aside",
	)
	expect(t, b, "two", "select name from projects where external_id = '2'")
}

// A page that the service has confirmed while its row changed ends the slice,
// behind the pages before it.
func TestAnOutdatedPageLeavesThoseBeforeIt(t *testing.T) {
	t.Parallel()
	b := setup(t, 3)
	b.start(t)
	b.sync(t)
	b.stop(t)
	exec(t, b, "update projects set content_hash = 'x' where external_id = '2'")
	h := b.hold(t)
	confirmed := pageOf(record(2, "p2"))
	confirmed.Unchanged = true
	err := h.Commit(t.Context(), false, pageOf(record(1, "p1")), confirmed, pageOf(record(3, "p3")))
	if !errors.Is(err, jobs.ErrOutdated) {
		t.Errorf("commit: %v, want %v", err, jobs.ErrOutdated)
	}
	expect(t, b, 1, "select page_no from sync_partitions order by id desc limit 1")
}

// Records that are put aside are kept with the number of their own page, once.
func TestRecordsPutAsideInASharedTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	bad := func(id string) source.Record {
		return source.Record{ID: id, Raw: []byte("not JSON"), Err: errUnreadable}
	}
	first, second := pageOf(record(1, "one")), pageOf(record(2, "two"))
	first.Records, second.Records = append(first.Records, bad("7"), bad("")), append(second.Records, bad("8"), bad("7"))
	if err := b.hold(t).Commit(t.Context(), true, first, second); err != nil {
		t.Fatal(err)
	}
	if _, transactions := b.ledgerLines(t); transactions != 1 {
		t.Errorf("%d transactions, want 1", transactions)
	}
	expect(t, b, "1 7,1 -,2 8", `select string_agg(page_no || ' ' || coalesce(external_id, '-'), ',' order by page_no, external_id)
		from quarantined_records`)
}

// Totals that differ have moved, whether they were stated in one transaction or
// in two.
func TestTotalsThatMove(t *testing.T) {
	t.Parallel()
	stated := func(id int, total int64) source.Page {
		page := pageOf(record(id, "p"))
		if total > 0 {
			page.Total = &total
		}
		return page
	}
	for _, test := range []struct {
		name  string
		first []int64
		then  []int64
		want  string
	}{
		{"the same in one", []int64{0, 9, 0, 9}, nil, "9 f"},
		{"another one in one", []int64{9, 0, 8}, nil, "8 t"},
		{"there and back in one", []int64{9, 8, 9}, nil, "9 t"},
		{"the same in two", []int64{9, 0}, []int64{0, 9}, "9 f"},
		{"another one in two", []int64{9}, []int64{0, 8}, "8 t"},
		{"never stated", []int64{0, 0}, []int64{0}, " f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, 0)
			h := b.hold(t)
			id := 0
			for _, totals := range [][]int64{test.first, test.then} {
				var pages []source.Page
				for _, total := range totals {
					id++
					pages = append(pages, stated(id, total))
				}
				if pages == nil {
					continue
				}
				if err := h.Commit(t.Context(), false, pages...); err != nil {
					t.Fatal(err)
				}
			}
			expect(t, b, test.want, "select concat_ws(' ', coalesce(total::text, ''), total_moved) from sync_partitions")
		})
	}
}
