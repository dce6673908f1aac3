package store_test

import (
	"context"
	"errors"
	"testing"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// newRows are rows that differ by their ids alone.
func newRows(ids []string) []store.NewRow {
	var rows []store.NewRow
	for _, id := range ids {
		rows = append(rows, store.NewRow{
			Project: project.Project{ExternalID: id, Name: "name", FullPath: "path"}, Payload: []byte("{}"), Hash: []byte("new"),
		})
	}
	return rows
}

// TestPageMeetsARowOfAnother lets another transaction insert a record between a
// page's look-up and its write, as a partition that overlaps does: nothing of
// the page is written, and the next look-up finds the row.
func TestPageMeetsARowOfAnother(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := dbtest.New(t)
	s := store.New(pool)
	lease := takeLease(t, pool)
	ids := []string{"1", "2"}
	tx, err := s.BeginPages(ctx, lease, "", ids)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	insertRows(t, pool, 2, 2)
	if err := tx.Write(ctx, newRows(ids), nil, nil); !errors.Is(err, store.ErrPageConflict) {
		t.Fatalf("write: %v, want %v", err, store.ErrPageConflict)
	}
	tx.Rollback(ctx)
	again, err := s.BeginPages(ctx, lease, "", ids)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Rollback(ctx)
	if _, there := again.Existing["2"]; !there || len(again.Existing) != 1 {
		t.Errorf("the next look-up finds %v, want the other one's row 2 alone", again.Existing)
	}
}

// TestPagesThatWaitForOneAnother has two partitions write the same new records in
// opposite order, each with one of the other's behind a record that holds both up
// until both have begun. Postgres ends one of them, which looks its pages up anew.
func TestPagesThatWaitForOneAnother(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := dbtest.New(t)
	s := store.New(pool)
	lease := takeLease(t, pool)
	other := lease
	if err := pool.QueryRow(ctx, `insert into sync_partitions (job_id, ordinal, name, spec, state, epoch)
		select job_id, 2, 'other', '', state, epoch from sync_partitions where id = $1 returning id`, lease.PartitionID).
		Scan(&other.PartitionID); err != nil {
		t.Fatal(err)
	}
	between, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = between.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := between.Exec(ctx, `insert into projects (source, external_id, name, full_path, payload, content_hash)
		select $1, id, '', '', '{}', '' from unnest(array['100', '200']) as id`, lease.Source); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	for which, ids := range map[store.Lease][]string{lease: {"10", "100", "20"}, other: {"20", "200", "10"}} {
		tx, err := s.BeginPages(ctx, which, "", ids)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback(ctx)
		go func() {
			err := tx.Write(ctx, newRows(ids), nil, nil)
			if err == nil {
				err = tx.Commit(ctx, store.PageEntry{Next: "end"})
			}
			tx.Rollback(ctx)
			ended <- err
		}()
	}
	const waiting = `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
	for n := 0; n < 2; {
		if err := pool.QueryRow(ctx, waiting).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
	if err := between.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	first, second := <-ended, <-ended
	if first != nil {
		first, second = second, first
	}
	if first != nil || !errors.Is(second, store.ErrPageConflict) {
		t.Errorf("one %v, the other %v; want none and %v", first, second, store.ErrPageConflict)
	}
}
