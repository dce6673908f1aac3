package store_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// TestNewRowsReadBack copies rows of any values, and reads them back with
// pgx's own decoding: every field arrives as it stood, in every size of page.
func TestNewRowsReadBack(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	s := store.New(pool)
	lease := takeLease(t, pool)
	cursor, next := "", 0
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(anyRow), 1, 30).Draw(rt, "rows")
		ids := make([]string, len(rows))
		for i := range rows {
			next++
			ids[i] = rapid.StringMatching(`[a-zé🐙{}"\\, ]{0,20}`).Draw(rt, "id") + "/" + time.Duration(next).String()
			rows[i].Project.ExternalID = ids[i]
		}
		tx, err := s.BeginPages(t.Context(), lease, cursor, ids)
		if err != nil {
			rt.Fatal(err)
		}
		defer tx.Rollback(t.Context())
		if err := tx.Write(t.Context(), rows, nil, nil); err != nil {
			rt.Fatal(err)
		}
		rowIDs := make([]int64, len(rows))
		for i := range rows {
			rowIDs[i] = rows[i].ID
		}
		stored, err := tx.Stored(t.Context(), rowIDs)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range rows {
			if diff := cmp.Diff(rows[i].Project, stored[rows[i].ID], sameTimes()); diff != "" {
				rt.Fatalf("row %d (-written +read):\n%s", rows[i].ID, diff)
			}
		}
		cursor = ids[0]
		if err := tx.Commit(t.Context(), store.PageEntry{Next: cursor}); err != nil {
			rt.Fatal(err)
		}
		for i := range rows {
			var payload, hash []byte
			err := pool.QueryRow(t.Context(), "select payload, content_hash from projects where id = $1 and source = $2",
				rows[i].ID, lease.Source).Scan(&payload, &hash)
			if err != nil {
				rt.Fatal(err)
			}
			if !sameJSON(payload, rows[i].Payload) || !bytes.Equal(hash, rows[i].Hash) {
				rt.Fatalf("row %d: payload %s, hash %x; written %s, %x", rows[i].ID, payload, hash, rows[i].Payload, rows[i].Hash)
			}
		}
	})
	var created int
	err := pool.QueryRow(t.Context(), `select count(*) from projects p
		join project_changes c on c.project_id = p.id and c.change = 'created' and c.job_id = $1`, lease.JobID).Scan(&created)
	if err != nil {
		t.Fatal(err)
	}
	if created != next {
		t.Errorf("%d of %d new rows have their history", created, next)
	}
}

// anyRow draws a row as sources make them, with every field at its edges.
func anyRow(t *rapid.T) store.NewRow {
	text := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 }))
	texts := rapid.Ptr(text, true)
	whole := rapid.Ptr(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64})), true)
	micros := rapid.Int64Range(-62_135_596_800_000_000, 253_402_300_799_999_999) // the years 1 to 9999
	moment := rapid.Ptr(rapid.Map(micros, func(us int64) time.Time { return time.UnixMicro(us).UTC() }), true)
	payload, err := json.Marshal(map[string]string{"text": text.Draw(t, "payload")})
	if err != nil {
		t.Fatal(err)
	}
	return store.NewRow{
		Project: project.Project{
			Name: text.Draw(t, "name"), FullPath: text.Draw(t, "path"), Description: texts.Draw(t, "description"),
			WebURL: texts.Draw(t, "url"), Visibility: texts.Draw(t, "visibility"),
			Archived:      rapid.Ptr(rapid.Bool(), true).Draw(t, "archived"),
			DefaultBranch: texts.Draw(t, "branch"), Owner: texts.Draw(t, "owner"),
			Topics:   rapid.OneOf(rapid.Just([]string(nil)), rapid.SliceOfN(text, 0, 5)).Draw(t, "topics"),
			Language: texts.Draw(t, "language"), License: texts.Draw(t, "license"),
			Stars: whole.Draw(t, "stars"), Forks: whole.Draw(t, "forks"), CreatedAt: moment.Draw(t, "created"),
			UpdatedAt: moment.Draw(t, "updated"), LastActivityAt: moment.Draw(t, "active"),
		},
		Payload: payload, Hash: rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "hash"),
	}
}

// sameTimes compares moments, not how they are written.
func sameTimes() cmp.Option {
	return cmp.Options{cmpopts.EquateApproxTime(0)}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && cmp.Equal(x, y)
}
