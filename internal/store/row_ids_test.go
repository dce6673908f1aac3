package store_test

import (
	"strconv"
	"testing"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// TestIDsOfNewRows checks what a row's id promises: nobody else has it, whatever
// became of the pages before, and pages get theirs in order.
func TestIDsOfNewRows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := dbtest.New(t)
	stores := []*store.Store{store.New(pool), store.New(pool)}
	lease := takeLease(t, pool)
	used := map[int64]string{}
	last := make([]int64, len(stores))
	cursor := ""
	for page := range 40 {
		which := page % len(stores)
		rows := make([]store.NewRow, 70)
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = strconv.Itoa(page*len(rows) + i)
			rows[i] = store.NewRow{
				Project: project.Project{ExternalID: ids[i], Name: "n", FullPath: "p"}, Payload: []byte("{}"), Hash: []byte("hash"),
			}
		}
		tx, err := stores[which].BeginPages(ctx, lease, cursor, ids)
		if err != nil {
			t.Fatal(err)
		}
		// Half of a page's records turn out to be there already.
		rows = rows[:len(rows)/2]
		if err := tx.Write(ctx, rows, nil, nil); err != nil {
			t.Fatal(err)
		}
		if page%5 == 4 {
			tx.Rollback(ctx)
			continue
		}
		for i := range rows {
			if before, taken := used[rows[i].ID]; taken {
				t.Fatalf("row %s got the id %d of row %s", ids[i], rows[i].ID, before)
			}
			used[rows[i].ID] = ids[i]
			if rows[i].ID <= last[which] {
				t.Errorf("row %s got the id %d after %d", ids[i], rows[i].ID, last[which])
			}
			last[which] = rows[i].ID
		}
		cursor = strconv.Itoa(page)
		if err := tx.Commit(ctx, store.PageEntry{Next: cursor}); err != nil {
			t.Fatal(err)
		}
	}
}
