package jobs_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
)

// confirming is a fake whose service confirms pages that are still the same.
type confirming struct {
	*fake

	mu sync.Mutex
	// plain has it send every page.
	plain bool
	// confirmed are the cursors of the pages that it did not send.
	confirmed []source.Cursor
	// before is called once a page was recalled, before it is confirmed.
	beforeConfirmed func(from source.Cursor)
	version         string
}

func (c *confirming) Version() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fake.Version() + c.version
}

func (c *confirming) ListKnown(
	ctx context.Context, p source.Partition, from source.Cursor, recall source.Recall,
) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) {
		for page, err := range c.List(ctx, p, from) {
			if err == nil && !page.Last {
				page = c.confirm(page, from, recall(ctx, from))
			}
			if !yield(page, err) {
				return
			}
			from = page.Next
		}
	}
}

// confirm answers for a page whose validator is a hash of its bytes.
func (c *confirming) confirm(page source.Page, from source.Cursor, known source.Known) source.Page {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.New()
	for _, r := range page.Records {
		sum.Write(r.Raw)
	}
	page.Validator = fmt.Sprintf("%x", sum.Sum(nil))
	if c.plain || known.Validator != page.Validator {
		return page
	}
	if c.beforeConfirmed != nil {
		c.beforeConfirmed(from)
	}
	c.confirmed = append(c.confirmed, from)
	return source.Page{Unchanged: true, Next: known.Next, Total: known.Total}
}

func (c *confirming) sendAll(plain bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plain = plain
}

// asked returns which pages were confirmed since it was last called. A page that
// was fetched ahead of the end of a slice is asked for again.
func (c *confirming) asked() []source.Cursor {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.confirmed)
	confirmed := slices.Compact(c.confirmed)
	c.confirmed = nil
	return confirmed
}

// setupConfirming starts a worker over n records of such a service.
func setupConfirming(t *testing.T, n int, change ...func(*jobs.Config)) (*bundle, *confirming) {
	t.Helper()
	b := setup(t, n)
	c := &confirming{fake: b.source}
	b.startSource(t, jobs.Source{Source: c, Name: "src", AbsentRuns: 1, MaxDeleteShare: 1}, change...)
	return b, c
}

// ledger is what the pages of a job amount to, line by line.
func ledger(t *testing.T, b *bundle, job string) []string {
	t.Helper()
	var lines []string
	err := b.pool.QueryRow(t.Context(), `select array_agg(concat_ws(' ', s.ordinal, p.page_no, p.seen, p.unchanged, p.duplicates,
		p.checksum, p.seen_ids) order by s.ordinal, p.page_no)
		from sync_pages p join sync_partitions s on s.id = p.partition_id where s.job_id = $1`, job).Scan(&lines)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestConfirmedPagesCountAsIfTheyHadBeenRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		slice     time.Duration
		continued map[string]int64
	}{
		"one slice":             {time.Minute, nil},
		"a slice for each page": {time.Nanosecond, map[string]int64{"src slice continued": 8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			told := &observer{}
			b, c := setupConfirming(t, 45, func(config *jobs.Config) { config.Slice, config.Observer = tc.slice, told })
			b.sync(t)
			if diff := cmp.Diff([]source.Cursor(nil), c.asked()); diff != "" {
				t.Errorf("the first listing: %s", diff)
			}
			confirmed := b.sync(t)
			if diff := cmp.Diff([]source.Cursor{"", "10", "20", "30"}, c.asked()); diff != "" {
				t.Errorf("all but the last page are to be confirmed: %s", diff)
			}
			expect(t, b, "0/0/45/0", counted, confirmed)
			expect(t, b, true, "select (receipt->>'verified')::bool and listing_complete from sync_jobs where id = $1", confirmed)
			expect(t, b, 4, "select count(*) from page_validators where read_at < (select started_at from sync_jobs where id = $1)", confirmed)
			want := map[string]int64{
				"src pages": 10, "src not modified": 4, "src created": 45, "src unchanged": 45,
				"src slice listed": 2, "src leases": 0, "src job succeeded ": 2,
			}
			maps.Copy(want, tc.continued)
			told.want(t, want)
			c.sendAll(true)
			if diff := cmp.Diff(ledger(t, b, b.sync(t)), ledger(t, b, confirmed)); diff != "" {
				t.Errorf("a ledger with confirmed pages differs (-read +confirmed):\n%s", diff)
			}
		})
	}
}

// TestConfirmedListingsEqualReadOnes changes the service and the table at random,
// syncs with what can be confirmed, and then without: the second sync must find
// nothing to do, and the same in each page.
func TestConfirmedListingsEqualReadOnes(t *testing.T) {
	t.Parallel()
	b, c := setupConfirming(t, 0)
	dice := rand.New(rand.NewPCG(7, 7))
	rows, next, confirmed := numbered(95), 96, 0
	for round := range 12 {
		// Late in the listing more often than early, so that pages stay the same.
		at := len(rows) - 1 - int(float64(len(rows)-1)*dice.Float64()*dice.Float64())
		switch dice.IntN(5) {
		case 0:
			rows[at] = record(next+1000, "changed")
		case 1:
			rows = append(rows[:at:at], rows[at+1:]...)
		case 2:
			rows = append(rows, record(next, "new"), rows[at])
			next++
		case 3:
			execute(t, b, "update projects set deleted_at = now(), deleted_reason = 'test' where id = (select id from projects order by id offset $1 limit 1)", at/2)
		case 4:
			execute(t, b, "update projects set name = 'x', content_hash = '\\x00' where id = (select id from projects order by id offset $1 limit 1)", at/2)
		}
		c.set(rows...)
		with := b.sync(t)
		confirmed += len(c.asked())
		c.sendAll(true)
		without := b.sync(t)
		c.sendAll(false)
		expect(t, b, "0/0/0", "select format('%s/%s/%s', sum(created), sum(updated), sum(restored)) from sync_partitions where job_id = $1", without)
		expect(t, b, true, `select j.absent = o.absent and j.receipt->>'rows_seen' = o.receipt->>'rows_seen'
			and j.receipt->>'checksum_read' = o.receipt->>'checksum_read'
			from sync_jobs j, sync_jobs o where j.id = $1 and o.id = $2`, with, without)
		if with, without := seen(t, b, with), seen(t, b, without); with != without {
			t.Errorf("round %d: pages saw %s where they are confirmed, and %s where they are read", round, with, without)
		}
	}
	if confirmed < 20 {
		t.Errorf("%d pages were confirmed in all: this proves little", confirmed)
	}
}

// seen is what each page of a job saw, whatever became of it.
func seen(t *testing.T, b *bundle, job string) string {
	t.Helper()
	var text string
	err := b.pool.QueryRow(t.Context(), `select string_agg(concat_ws(' ', p.page_no, p.seen, p.duplicates, p.checksum, p.seen_ids), '; ' order by p.page_no)
		from sync_pages p join sync_partitions s on s.id = p.partition_id where s.job_id = $1`, job).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func execute(t *testing.T, b *bundle, statement string, args ...any) {
	t.Helper()
	if _, err := b.pool.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TestPagesWhoseRowsChangedAreRead: confirmed, they would stay as they are.
func TestPagesWhoseRowsChangedAreRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ change, counts string }{
		"another content": {"update projects set content_hash = '\\x00', name = 'x' where external_id = '15'", "0/1/34/0"},
		"tombstone":       {"update projects set deleted_at = now() where external_id = '15'", "0/0/34/1"},
		"gone":            {"delete from projects where external_id = '15'", "1/0/34/0"},
		"of another":      {"update projects set source = 'other' where external_id = '15'", "1/0/34/0"},
	} {
		t.Run(name+" before it is asked", func(t *testing.T) {
			t.Parallel()
			b, c := setupConfirming(t, 35)
			b.sync(t)
			execute(t, b, tc.change)
			job := b.sync(t)
			if diff := cmp.Diff([]source.Cursor{"", "20"}, c.asked()); diff != "" {
				t.Errorf("confirmed: %s", diff)
			}
			expect(t, b, tc.counts, counted, job)
			expect(t, b, "p15", "select name from projects where external_id = '15' and source = 'src' and deleted_at is null")
		})
		t.Run(name+" once it is confirmed", func(t *testing.T) {
			t.Parallel()
			b, c := setupConfirming(t, 35)
			b.sync(t)
			var once sync.Once
			c.beforeConfirmed = func(from source.Cursor) {
				if from == "10" {
					once.Do(func() { execute(t, b, tc.change) })
				}
			}
			job := b.sync(t)
			expect(t, b, tc.counts, counted, job)
			expect(t, b, "p15", "select name from projects where external_id = '15' and source = 'src' and deleted_at is null")
			expect(t, b, "4/2", "select format('%s/%s', count(*), count(distinct p.epoch)) from sync_pages p join sync_partitions s on s.id = p.partition_id where job_id = $1", job)
			expect(t, b, 0, "select failures from sync_partitions where job_id = $1", job)
		})
	}
}

// TestWhatIsKnownBelongsToOneWayOfReading: another rule, other volatile fields,
// another listing and a mode that does not list everything know nothing of it.
func TestWhatIsKnownBelongsToOneWayOfReading(t *testing.T) {
	t.Parallel()
	b, c := setupConfirming(t, 35)
	b.sync(t)
	c.mu.Lock()
	c.version = "2"
	c.mu.Unlock()
	expect(t, b, "0/35/0/0", counted, b.sync(t))
	expect(t, b, "0/0/35/0", counted, b.sync(t))
	if diff := cmp.Diff([]source.Cursor{"", "10", "20"}, c.asked()); diff != "" {
		t.Errorf("confirmed: %s", diff)
	}
	b.stop(t)
	b.startSource(t, jobs.Source{Source: c, Name: "src", AbsentRuns: 1, MaxDeleteShare: 1, VolatileFields: []string{"name"}})
	expect(t, b, "0/35/0/0", counted, b.sync(t))
	c.fake.mu.Lock()
	c.rows = [][]string{nil, c.rows[0]}
	c.fake.mu.Unlock()
	expect(t, b, "0/0/35/0", counted, b.sync(t))
	if diff := cmp.Diff([]source.Cursor(nil), c.asked()); diff != "" {
		t.Errorf("another partition's pages were confirmed: %s", diff)
	}
	expect(t, b, 3, "select count(*) from page_validators where spec = '1'")
	expect(t, b, 0, "select count(*) from page_validators where spec = '0'")
}

// TestPagesThatAreMoreThanTheirRowsAreRead again each time.
func TestPagesThatAreMoreThanTheirRowsAreRead(t *testing.T) {
	t.Parallel()
	b, c := setupConfirming(t, 45)
	c.rows[0][12] = `{"id":13,"name":1}` // put aside
	c.rows[0][25] = record(3, "p3")      // read before
	b.sync(t)
	job := b.sync(t)
	if diff := cmp.Diff([]source.Cursor{"", "30"}, c.asked()); diff != "" {
		t.Errorf("confirmed: %s", diff)
	}
	expect(t, b, "1/1", "select format('%s/%s', sum(quarantined), sum(duplicates)) from sync_partitions where job_id = $1", job)
}

// TestAPageThatNobodyKnowsCannotBeConfirmed: taken for an empty one it would
// make its rows absent.
func TestAPageThatNobodyKnowsCannotBeConfirmed(t *testing.T) {
	t.Parallel()
	b := setup(t, 35)
	b.startSource(t, jobs.Source{Source: &liar{b.source}, Name: "src", AbsentRuns: 1, MaxDeleteShare: 1})
	job := b.post(t)
	until(t, b, "failed", statusOf, job)
	expect(t, b, "nothing_known", "select error->>'code' from sync_jobs where id = $1", job)
}

// liar confirms what it was not asked.
type liar struct{ *fake }

func (l *liar) ListKnown(context.Context, source.Partition, source.Cursor, source.Recall) iter.Seq2[source.Page, error] {
	return func(yield func(source.Page, error) bool) { yield(source.Page{Unchanged: true, Next: "10"}, nil) }
}

// TestOldValidatorsAreForgotten with the pages that a shorter listing has no more.
func TestOldValidatorsAreForgotten(t *testing.T) {
	t.Parallel()
	b, c := setupConfirming(t, 95)
	b.sync(t)
	expect(t, b, 9, "select count(*) from page_validators")
	c.set(numbered(25)...)
	b.sync(t)
	expect(t, b, "1,2", "select string_agg(page_no::text, ',' order by page_no) from page_validators")
	b.syncMode(t, project.ModeIncremental)
	expect(t, b, 2, "select count(*) from page_validators")
}
