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
