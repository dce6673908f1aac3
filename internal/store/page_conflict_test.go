package store_test

import (
	"errors"
	"testing"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

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
	var rows []store.NewRow
	for _, id := range ids {
		rows = append(rows, store.NewRow{
			Project: project.Project{ExternalID: id, Name: "name", FullPath: "path"}, Payload: []byte("{}"), Hash: []byte("new"),
		})
	}
	if err := tx.Write(ctx, rows, nil, nil); !errors.Is(err, store.ErrPageConflict) {
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
