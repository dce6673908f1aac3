package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"holdfast/internal/jobs"
	"holdfast/internal/source"
)

const counted = `select format('%s/%s/%s/%s', sum(created), sum(updated), sum(unchanged), sum(restored))
	from sync_partitions where job_id = $1`

func TestSyncWritesEveryRowOnceAndProvesIt(t *testing.T) {
	t.Parallel()
	b := setup(t, 95)
	b.start(t)
	first := b.sync(t)
	expect(t, b, 95, "select count(*) from projects")
	expect(t, b, 95, "select count(*) from project_changes where change = 'created'")
	expect(t, b, "95/0/0/0", counted, first)
	expect(t, b, true, "select (receipt->>'verified')::bool from sync_jobs where id = $1", first)
	expect(t, b, true, "select listing_complete from sync_jobs where id = $1", first)

	b.source.rows[0][3] = record(4, "renamed")
	second := b.sync(t)
	expect(t, b, "0/1/94/0", counted, second)
	expect(t, b, "group/renamed", "select full_path from projects where external_id = '4'")
	expect(t, b, `{"new": "group/renamed", "old": "group/p4"}`,
		"select fields->>'full_path' from project_changes where job_id = $1 and change = 'renamed'", second)
	expect(t, b, true, "select (receipt->>'verified')::bool from sync_jobs where id = $1", second)
}

func TestSlicesHandOverUntilTheListingIsDone(t *testing.T) {
	t.Parallel()
	b := setup(t, 95)
	b.start(t, func(c *jobs.Config) { c.Slice = time.Nanosecond })
	job := b.sync(t)
	expect(t, b, 95, "select count(*) from projects")
	expect(t, b, 10, "select count(*) from sync_pages")
	// Each slice commits one page, and each page has the epoch of its own claim.
	expect(t, b, 10, "select count(distinct epoch) from sync_pages")
	expect(t, b, "95/0/0/0", counted, job)
}

func TestPartitionsAreListedSideBySide(t *testing.T) {
	t.Parallel()
	b := setup(t, 0)
	rows := numbered(200)
	b.source.rows = [][]string{rows[:50], rows[50:90], rows[90:90], rows[90:]}
	b.start(t)
	b.sync(t)
	expect(t, b, 200, "select count(*) from projects")
	expect(t, b, 4, "select count(*) from sync_partitions where state = 'done'")
}

func TestARepeatedIDCountsOnceTheFirstTime(t *testing.T) {
	t.Parallel()
	b := setup(t, 25)
	b.source.rows[0][5] = record(5, "same page")
	b.source.rows[0][24] = record(5, "other page")
	b.start(t)
	job := b.sync(t)
	expect(t, b, "p5", "select name from projects where external_id = '5'")
	expect(t, b, 2, "select sum(duplicates) from sync_partitions where job_id = $1", job)
	again := b.sync(t)
	expect(t, b, "0/0/23/0", counted, again)
	expect(t, b, true, "select (receipt->>'verified')::bool from sync_jobs where id = $1", again)
}

func TestRecordsThatCannotBeStoredArePutAside(t *testing.T) {
	t.Parallel()
	b := setup(t, 30)
	b.source.rows[0][2] = `{"id":3,"name":"nul \u0000","path":"x"}`
	b.source.rows[0][4] = `{"name":"no id","path":"x"}`
	b.source.rows[0][11] = `{"id":12,"name":{"an":"object"},"path":"x"}`
	b.source.rows[0][12] = `{"id":13,"name":"lone surrogate","path":"x","more":"\ud800"}`
	b.start(t)
	job := b.sync(t)
	expect(t, b, 26, "select count(*) from projects")
	expect(t, b, 4, "select count(*) from quarantined_records where job_id = $1", job)
	expect(t, b, b.source.rows[0][2],
		"select convert_from(payload, 'UTF8') from quarantined_records where external_id = '3'")
	expect(t, b, "unidentified_records", "select incomplete_reason from sync_jobs where id = $1", job)
}

func TestARowWhoseRecordIsPutAsideStaysAsItWas(t *testing.T) {
	t.Parallel()
	b := setup(t, 12)
	b.start(t)
	b.sync(t)
	b.source.rows[0][2] = `{"id":3,"name":"nul \u0000","path":"x"}`
	job := b.sync(t)
	expect(t, b, "p3", "select name from projects where external_id = '3'")
	expect(t, b, 0, "select count(*) from project_absences")
	expect(t, b, true, "select (receipt->>'verified')::bool from sync_jobs where id = $1", job)
}

// oddlyNamed is a source whose service has names that Postgres cannot store.
type oddlyNamed struct{ *fake }

func (o oddlyNamed) Plan(ctx context.Context) (source.Plan, error) {
	plan, err := o.fake.Plan(ctx)
	plan.Partitions[0].Name = "project a\x00b\xff" + strings.Repeat("ü", 500)
	return plan, err
}

func TestAPartitionWithAnOddNameIsListed(t *testing.T) {
	t.Parallel()
	b := setup(t, 7)
	b.startSource(t, jobs.Source{Source: oddlyNamed{b.source}, Name: "src", AbsentRuns: 2, MaxDeleteShare: 0.1})
	id := b.sync(t)
	expect(t, b, 7, "select count(*) from projects")
	expect(t, b, true, "select name like 'project a'||chr(65533)||'b'||chr(65533)||'ü%' and octet_length(name) < 300 from sync_partitions where job_id = $1", id)
}
