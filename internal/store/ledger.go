package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"holdfast/internal/store/db"
)

// EachPage reads the ledger of a job, page by page: the packed ids of the rows
// it saw, and its checksum. It holds one page at a time.
func (s *Store) EachPage(ctx context.Context, jobID string, each func(seenIDs []byte, checksum int64) error) error {
	return eachPage(ctx, s.pool, jobID, each)
}

// EachPage is [Store.EachPage] within a transaction.
func (tx *Tx) EachPage(ctx context.Context, jobID string, each func(seenIDs []byte, checksum int64) error) error {
	return eachPage(ctx, tx, jobID, each)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func eachPage(ctx context.Context, q querier, jobID string, each func(seenIDs []byte, checksum int64) error) error {
	rows, err := q.Query(ctx, db.JobPages, jobID)
	if err != nil {
		return fmt.Errorf("read pages: %w", err)
	}
	var seenIDs []byte
	var checksum int64
	_, err = pgx.ForEachRow(rows, []any{&seenIDs, &checksum}, func() error { return each(seenIDs, checksum) })
	return err
}

// EachLiveRow reads the live rows of a source over a given connection, row by
// row. The hash is only good during the call.
func EachLiveRow(ctx context.Context, conn *pgx.Conn, source string, each func(id int64, hash []byte)) error {
	rows, err := conn.Query(ctx, db.LiveRows, source)
	if err != nil {
		return fmt.Errorf("read live rows: %w", err)
	}
	var id int64
	var hash pgtype.DriverBytes
	_, err = pgx.ForEachRow(rows, []any{&id, &hash}, func() error {
		each(id, hash)
		return nil
	})
	return err
}
