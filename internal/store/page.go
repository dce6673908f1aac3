package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/failpoint"
	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// ErrPageConflict is returned when a row changed between a page's look-up and
// its write: another partition of the job listed the same record at the same
// moment. Nothing is committed; the page is to be looked up again.
var ErrPageConflict = errors.New("a row of the page changed after it was looked up")

// PageTx is the transaction of a page, or of several that follow each other. It
// has three steps, each one round trip of a pipelined batch:
//
//	BeginPages  begin, lock the fence, look the pages' rows up
//	Write       new rows by COPY, changed rows (skipped when nothing changed)
//	Commit      history, quarantine, ledger, cursor and counters, commit
//
// It uses a connection of its own from start to end and must be ended with
// Commit or Rollback.
type PageTx struct {
	conn  *pgxpool.Conn
	lease Lease
	// ids are for the rows that turn out to be new.
	ids     []int64
	rowIDs  *rowIDs
	changes []Change
	// PageNo is the number that the first page will have in the ledger.
	PageNo int64
	// Closed says that a rate limit keeps the source closed: what was fetched may
	// commit, more is not to be asked for.
	Closed bool
	// Existing has what the table holds for the pages' ids, by external id.
	Existing map[string]ExistingRow
}

// ExistingRow is what the look-up tells of a row, tombstones included.
type ExistingRow struct {
	ID      int64
	Hash    []byte
	Deleted bool
}

// BeginPages begins pages that follow the cursor, and looks their records up. It
// returns [ErrFenced] when the lease is lost, or when the partition's cursor is
// not the one the first page was fetched from.
func (s *Store) BeginPages(ctx context.Context, lease Lease, from string, externalIDs []string) (*PageTx, error) {
	ids, err := s.rowIDs.take(ctx, s.q, len(externalIDs))
	if err != nil {
		return nil, err
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		s.rowIDs.giveBack(ids)
		return nil, fmt.Errorf("acquire connection: %w", err)
	}
	failpoint.Hit("page.fetched")
	t := &PageTx{
		conn: conn, lease: lease, ids: ids, rowIDs: &s.rowIDs, Existing: make(map[string]ExistingRow, len(externalIDs)),
	}
	if err := t.begin(ctx, from, externalIDs); err != nil {
		t.Rollback(ctx)
		return nil, err
	}
	return t, nil
}

// byKeyOnly keeps the plans of a page's statements on the indexes. Each
// connection plans a statement a few times and then keeps the plan; kept from a
// time when the table was small it would read the whole table for each page,
// until autovacuum has looked at it.
const byKeyOnly = "set local enable_seqscan = off"

func (t *PageTx) begin(ctx context.Context, from string, externalIDs []string) error {
	var batch pgx.Batch
	var fence db.LockPageRow
	batch.Queue("begin")
	batch.Queue(byKeyOnly)
	batch.Queue(db.LockPage, t.lease.Source, t.lease.PartitionID, t.lease.Epoch).QueryRow(func(row pgx.Row) error {
		return row.Scan(&fence.PageNo, &fence.Cursor, &fence.LastPage, &fence.Closed)
	})
	batch.Queue(db.LookUpProjects, externalIDs, t.lease.Source).Query(func(rows pgx.Rows) error {
		var externalID string
		var row ExistingRow
		_, err := pgx.ForEachRow(rows, []any{&row.ID, &externalID, &row.Hash, &row.Deleted}, func() error {
			t.Existing[externalID] = row
			row.Hash = nil
			return nil
		})
		return err
	})
	err := t.conn.SendBatch(ctx, &batch).Close()
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrFenced
	case err != nil:
		return fmt.Errorf("look the page up: %w", err)
	case fence.Cursor != from || fence.LastPage:
		return fmt.Errorf("%w (the cursor has moved)", ErrFenced)
	}
	t.PageNo, t.Closed = fence.PageNo+1, fence.Closed
	failpoint.Hit("page.begun")
	return nil
}

// Stored reads the columns of rows as they stand, for the history of those
// that change.
func (t *PageTx) Stored(ctx context.Context, ids []int64) (map[int64]project.Project, error) {
	rows, err := db.New(t.conn).StoredProjects(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the rows that change: %w", err)
	}
	stored := make(map[int64]project.Project, len(rows))
	for _, r := range rows {
		stored[r.ID] = project.Project{
			ExternalID: r.ExternalID, Name: r.Name, FullPath: r.FullPath, Description: r.Description, WebURL: r.WebUrl,
			Visibility: r.Visibility, Archived: r.Archived, DefaultBranch: r.DefaultBranch, Owner: r.Owner,
			Topics: r.Topics, Language: r.Language, License: r.License, Stars: r.Stars, Forks: r.Forks,
			CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, LastActivityAt: r.LastActivityAt,
		}
	}
	return stored, nil
}

// Rollback ends the transaction unless Commit has, and returns the connection.
// It may be called after Commit.
func (t *PageTx) Rollback(ctx context.Context) {
	if t.conn == nil {
		return
	}
	release(ctx, t.conn)
	t.conn = nil
	t.rowIDs.giveBack(t.ids)
}

// TryRecord asks Postgres whether it can store a record, without storing it.
// An error of which [IsDataError] is true is its refusal.
func (s *Store) TryRecord(ctx context.Context, p *project.Project, payload []byte) error {
	texts := append([]string{p.ExternalID, p.Name, p.FullPath}, p.Topics...)
	for _, text := range []*string{p.Description, p.WebURL, p.Visibility, p.DefaultBranch, p.Owner, p.Language, p.License} {
		if text != nil {
			texts = append(texts, *text)
		}
	}
	return s.q.TryRecord(ctx, db.TryRecordParams{Payload: payload, Texts: texts})
}
