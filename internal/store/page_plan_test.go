package store_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// TestPagePlansOutgrowTheTable commits pages on one connection while the table
// is small, until the connection has made its plans, then lets the table grow
// and counts the rows that one more page reads. A plan that reads all rows of a
// source passes every other test and makes each page slower than the last one.
func TestPagePlansOutgrowTheTable(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := singleConnection(t)
	const few, many, grown = 20, 100, 20_000
	insertRows(t, pool, 1, few)
	lease := takeLease(t, pool)
	s := store.New(pool)
	cursor := ""
	// Postgres plans a prepared statement anew five times before it may keep a plan.
	for i := range 12 {
		next := strconv.Itoa(i)
		changePage(t, s, lease, cursor, next, few)
		cursor = next
	}
	insertRows(t, pool, few+1, grown)
	before := rowsRead(ctx, t, pool)
	changePage(t, s, lease, cursor, "last", many)
	if read := rowsRead(ctx, t, pool) - before; read > 10*many {
		t.Errorf("a page of %d rows read %d rows of a table of %d", many, read, grown)
	}
}

// TestPlansOfAnEndOutgrowTheTables ends jobs of a small source on one connection,
// until the connection has made its plans, and then one of a large source, whose
// rows are all absent. A plan that compares each absence with each absent
// row takes minutes for it.
func TestPlansOfAnEndOutgrowTheTables(t *testing.T) {
	t.Parallel()
	pool := singleConnection(t)
	const few, many = 20, 40_000
	insertRows(t, pool, 1, few)
	lease := takeLease(t, pool)
	s := store.New(pool)
	decide := func(named, absent int) int64 {
		var deleted int64
		err := s.InTx(t.Context(), func(tx *store.Tx) error {
			if err := tx.PlanAnew(t.Context()); err != nil {
				return err
			}
			var err error
			deleted, err = decideAbout(t.Context(), tx, lease, numbersTo(named), numbersTo(absent))
			return err
		})
		if err != nil {
			t.Fatalf("end a job with %d rows absent: %v", absent, err)
		}
		return deleted
	}
	for range 12 {
		decide(few, few)
	}
	insertRows(t, pool, few+1, many)
	execAll(t, pool, "set statement_timeout = '10s'")
	for _, named := range []int{few, many} {
		if deleted := decide(named, many); deleted > 0 {
			t.Errorf("%d rows were deleted after one listing without them", deleted)
		}
	}
	if deleted := decide(0, many); deleted != many {
		t.Errorf("%d rows were deleted after two listings without them, want %d", deleted, many)
	}
}

// decideAbout is what the end of a complete listing does about rows that it named
// again and about those that it did not name.
func decideAbout(ctx context.Context, tx *store.Tx, lease store.Lease, named, absent []int64) (int64, error) {
	const runs = 2
	if err := tx.ForgetAbsences(ctx, named); err != nil {
		return 0, err
	}
	if err := tx.RecordAbsences(ctx, db.RecordAbsencesParams{JobID: lease.JobID, Absent: absent}); err != nil {
		return 0, err
	}
	if _, err := tx.CountGone(ctx, db.CountGoneParams{Source: lease.Source, AbsentRuns: runs}); err != nil {
		return 0, err
	}
	return tx.TombstoneGone(ctx, db.TombstoneGoneParams{Source: lease.Source, AbsentRuns: runs, JobID: lease.JobID})
}

// numbersTo are the first row ids of a table that rows were only inserted into.
func numbersTo(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	return ids
}

// TestAPageOfDeletedRowsReadsNoOthers reads what one job deleted from a large
// source, page by page.
func TestAPageOfDeletedRowsReadsNoOthers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := singleConnection(t)
	const rows, each, page, pages = 20_000, 500, 20, 8
	insertRows(t, pool, 1, rows)
	lease := takeLease(t, pool)
	if _, err := pool.Exec(ctx, `update projects set deleted_at = now(), deleted_reason = 'absent', deleted_by_job = $1
		where id % $2 = 0`, lease.JobID, each); err != nil {
		t.Fatal(err)
	}
	execAll(t, pool, "analyze projects")
	s := store.New(pool)
	plan := project.DeletionPlan{JobID: lease.JobID, Source: "s", State: project.PlanApproved}
	before := rowsRead(ctx, t, pool)
	for range pages {
		found, err := s.DeletionRows(ctx, plan, 0, page)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != page {
			t.Fatalf("a page of %d rows, want %d", len(found), page)
		}
	}
	if read := rowsRead(ctx, t, pool) - before; read > 10*page*pages {
		t.Errorf("%d pages of %d rows read %d rows of a table of %d", pages, page, read, rows)
	}
}

// singleConnection is a pool that always gives the same connection.
func singleConnection(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := store.Open(t.Context(), dbtest.URL(t), store.Options{Program: "test", Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func insertRows(t *testing.T, pool *pgxpool.Pool, from, to int) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `insert into projects (source, external_id, name, full_path, payload, content_hash)
		select 's', n::text, 'name', 'path', '{}', '\x00' from generate_series($1::int, $2::int) n`, from, to)
	if err != nil {
		t.Fatal(err)
	}
}

// takeLease makes a running job with one partition.
func takeLease(t *testing.T, pool *pgxpool.Pool) store.Lease {
	t.Helper()
	lease := store.Lease{JobID: uuid.NewString(), Source: "s", Epoch: 1}
	if _, err := pool.Exec(t.Context(), "insert into sources (name, kind) values ('s', 'file')"); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Exec(t.Context(), `insert into sync_jobs (id, source, status, phase, trigger, caller, started_at)
		values ($1, 's', 'running', 'list', 'api', 'test', now())`, lease.JobID)
	if err != nil {
		t.Fatal(err)
	}
	err = pool.QueryRow(t.Context(), `insert into sync_partitions (job_id, ordinal, name, spec, state, epoch)
		values ($1, 1, 'all', '{}', 'running', 1) returning id`, lease.JobID).Scan(&lease.PartitionID)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

// changePage commits a page that changes the first rows.
func changePage(t *testing.T, s *store.Store, lease store.Lease, from, next string, count int) {
	t.Helper()
	ctx := t.Context()
	ids := make([]string, count)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	tx, err := s.BeginPages(ctx, lease, from, ids)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if len(tx.Existing) != count {
		t.Fatalf("the look-up found %d of %d rows", len(tx.Existing), count)
	}
	var updated []store.NewRow
	var rowIDs []int64
	for id, row := range tx.Existing {
		rowIDs = append(rowIDs, row.ID)
		updated = append(updated, store.NewRow{
			ID: row.ID, OldHash: row.Hash, Hash: []byte(next), Payload: []byte("{}"),
			Project: project.Project{ExternalID: id, Name: next, FullPath: "path"},
		})
	}
	if _, err := tx.Stored(ctx, rowIDs); err != nil {
		t.Fatal(err)
	}
	if err := tx.Write(ctx, nil, updated, nil); err != nil {
		t.Fatal(err)
	}
	counts := store.PageCounts{Seen: int64(count), Updated: int64(count)}
	if err := tx.Commit(ctx, store.PageEntry{Next: next, Counts: counts}); err != nil {
		t.Fatal(err)
	}
}

// rowsRead is how many rows and index entries of projects were ever read.
func rowsRead(ctx context.Context, t *testing.T, pool *pgxpool.Pool) int64 {
	t.Helper()
	if _, err := pool.Exec(ctx, "select pg_stat_force_next_flush()"); err != nil {
		t.Skipf("this server does not tell at once what was read: %v", err)
	}
	var read int64
	err := pool.QueryRow(ctx, `select seq_tup_read + idx_tup_fetch +
		(select sum(idx_tup_read)::bigint from pg_stat_user_indexes where relname = 'projects')
		from pg_stat_user_tables where relname = 'projects'`).Scan(&read)
	if err != nil {
		t.Fatal(err)
	}
	return read
}
