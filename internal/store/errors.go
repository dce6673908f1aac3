package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotFound is returned for a row that is not there.
var ErrNotFound = errors.New("not found")

// ErrCommitUnknown is returned when the connection was lost while a commit was
// under way: the transaction may or may not be in the database.
var ErrCommitUnknown = errors.New("the outcome of the commit is unknown")

// rollbackTimeout bounds the last words to a server that may be gone.
const rollbackTimeout = 5 * time.Second

// rollback ends a transaction that was not committed, also when ctx is over:
// a request that went away must not leave a session idle in transaction.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	// The connection is closed, and so rolled back, when this fails.
	_ = tx.Rollback(ctx)
}

// idle is the wire protocol's word for a session without a transaction.
const idle = 'I'

// release returns a connection to its pool, and ends the transaction that it is
// in, if it is.
func release(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if conn.Conn().PgConn().TxStatus() != idle {
		// The pool closes a connection that is still in a transaction.
		_, _ = conn.Exec(ctx, "rollback")
	}
	conn.Release()
}

// isCode reports whether Postgres refused a statement with a SQLSTATE.
func isCode(err error, code string) bool {
	pgErr, said := errors.AsType[*pgconn.PgError](err)
	return said && pgErr.Code == code
}

// commit commits, and says so when nobody knows whether it did.
func commit(ctx context.Context, tx pgx.Tx) error {
	return commitOutcome(tx.Commit(ctx))
}

// commitOutcome tells a commit that failed from one of which nobody knows. Once
// the word is sent only the server can tell, so an error that it did not send
// itself leaves the outcome unknown; so does a server that says it is going
// down (class 57P), which it may do between writing the commit and answering.
func commitOutcome(err error) error {
	if err == nil {
		return nil
	}
	pgErr, said := errors.AsType[*pgconn.PgError](err)
	if errors.Is(err, pgx.ErrTxCommitRollback) || said && !strings.HasPrefix(pgErr.Code, "57P") {
		return fmt.Errorf("commit: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrCommitUnknown, err)
}

// IsDataError reports whether Postgres refused a value as such (class 22: NUL
// bytes, text that is no JSON, dates out of range, …), or a row as too large
// (class 54): the record will never be stored, however often it is tried.
func IsDataError(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(pgErr.Code, "22") || strings.HasPrefix(pgErr.Code, "54"))
}
