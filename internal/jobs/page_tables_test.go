package jobs_test

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

// tables is what Postgres holds of one source, in the terms of the model, and
// what the model does not say: Holdfast's own ids and times.
type tables struct {
	mirror

	ids     map[string]int64
	changed map[string]time.Time
	// cursor, epoch and sums are the partition's.
	cursor string
	epoch  int64
	sums   mirrorPage
}

// readTables reads all of it back with statements of its own.
func readTables(ctx context.Context, t *rapid.T, db *pgx.Conn, name string, partition int64) *tables {
	got := &tables{mirror: *newMirror(), ids: map[string]int64{}, changed: map[string]time.Time{}}
	externalID := readRows(ctx, t, db, name, got)
	each(ctx, t, db, `select p.external_id, c.job_id::text, c.change, coalesce(c.fields::text, '')
		from project_changes c join projects p on p.id = c.project_id where p.source = $1 order by c.id`,
		func(row pgx.CollectableRow) error {
			var id string
			var c mirrorChange
			err := row.Scan(&id, &c.Job, &c.Change, &c.Fields)
			c.Fields = canonical([]byte(c.Fields))
			got.History[id] = append(got.History[id], c)
			return err
		}, name)
	each(ctx, t, db, `select page_no, epoch, seen, created, updated, unchanged, restored, duplicates, quarantined,
		unidentified, checksum, seen_ids from sync_pages where partition_id = $1 order by page_no`,
		func(row pgx.CollectableRow) error {
			var p mirrorPage
			var packed []byte
			err := row.Scan(&p.No, &p.Epoch, &p.Seen, &p.Created, &p.Updated, &p.Unchanged, &p.Restored, &p.Duplicates,
				&p.Quarantined, &p.Unidentified, &p.Check, &packed)
			p.Saw = unpack(packed, externalID)
			got.Ledger = append(got.Ledger, p)
			return err
		}, partition)
	each(ctx, t, db, `select page_no, coalesce(external_id, ''), reason, payload from quarantined_records
		where partition_id = $1`,
		func(row pgx.CollectableRow) error {
			var r mirrorRefusal
			var payload []byte
			err := row.Scan(&r.Page, &r.ID, &r.Reason, &payload)
			r.Payload = string(payload)
			got.Quarantine = append(got.Quarantine, r)
			return err
		}, partition)
	err := db.QueryRow(ctx, `select cursor, epoch, page_no, seen, created, updated, unchanged, restored, duplicates,
		quarantined, unidentified from sync_partitions where id = $1`, partition).Scan(&got.cursor, &got.epoch, &got.sums.No,
		&got.sums.Seen, &got.sums.Created, &got.sums.Updated, &got.sums.Unchanged, &got.sums.Restored,
		&got.sums.Duplicates, &got.sums.Quarantined, &got.sums.Unidentified)
	if err != nil {
		t.Fatalf("read the partition: %v", err)
	}
	return got
}

// readRows reads the rows, and returns their external ids by Holdfast's own.
func readRows(ctx context.Context, t *rapid.T, db *pgx.Conn, name string, got *tables) map[int64]string {
	externalID := map[int64]string{}
	each(ctx, t, db, `select id, external_id, name, full_path, description, web_url, visibility, archived,
		default_branch, owner, topics, language, license, stars, forks, created_at, updated_at, last_activity_at,
		payload::text, content_hash, coalesce(deleted_by_job::text, ''), last_changed_at,
		deleted_at is not null, coalesce(deleted_reason, '') = 'absent'
		from projects where source = $1`,
		func(row pgx.CollectableRow) error {
			var r mirrorRow
			var id int64
			var payload string
			var changed time.Time
			var dead, absent bool
			p := &r.Project
			err := row.Scan(&id, &p.ExternalID, &p.Name, &p.FullPath, &p.Description, &p.WebURL, &p.Visibility, &p.Archived,
				&p.DefaultBranch, &p.Owner, &p.Topics, &p.Language, &p.License, &p.Stars, &p.Forks, &p.CreatedAt,
				&p.UpdatedAt, &p.LastActivityAt, &payload, &r.Hash, &r.DeletedBy, &changed, &dead, &absent)
			r.Payload = canonical([]byte(payload))
			if marked := r.DeletedBy != ""; dead != marked || absent != marked {
				t.Errorf("row %q has half a tombstone: deleted %v, absent %v, by %q", p.ExternalID, dead, absent, r.DeletedBy)
			}
			got.Rows[p.ExternalID], got.ids[p.ExternalID], got.changed[p.ExternalID] = r, id, changed
			externalID[id] = p.ExternalID
			return err
		}, name)
	return externalID
}

// each hands each row of a query to f.
func each(ctx context.Context, t *rapid.T, db *pgx.Conn, query string, f func(pgx.CollectableRow) error, args ...any) {
	rows, err := db.Query(ctx, query, args...)
	if err == nil {
		_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) { return struct{}{}, f(row) })
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// unpack restates how a page's ledger row keeps the ids of its rows.
func unpack(packed []byte, externalID map[int64]string) []string {
	var saw []string
	id := int64(0)
	for len(packed) > 0 {
		difference, n := binary.Uvarint(packed)
		if n <= 0 {
			return append(saw, "unreadable")
		}
		packed = packed[n:]
		id += int64(difference)
		saw = append(saw, externalID[id])
	}
	slices.Sort(saw)
	return saw
}

// matchReasons puts the model's part of a reason in the place of the whole where
// the whole has it, so that the two can be compared.
func matchReasons(got, want []mirrorRefusal) {
	sortRefusals(got)
	sortRefusals(want)
	for i := range min(len(got), len(want)) {
		if strings.Contains(got[i].Reason, want[i].Reason) {
			got[i].Reason = want[i].Reason
		}
	}
}
