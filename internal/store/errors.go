package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// commit commits. Once the word is sent only the server knows what became of
// it, so an error that the server did not send itself is an unknown outcome;
// so is a server that says it is going down (class 57P), which it may do
// between writing the commit and answering it.
func commit(ctx context.Context, tx pgx.Tx) error {
	err := tx.Commit(ctx)
	if err == nil {
		return nil
	}
	pgErr, said := errors.AsType[*pgconn.PgError](err)
	if errors.Is(err, pgx.ErrTxCommitRollback) || said && !strings.HasPrefix(pgErr.Code, "57P") {
		return fmt.Errorf("commit: %w", err)
	}
	return fmt.Errorf("%w: %w", ErrCommitUnknown, err)
}
