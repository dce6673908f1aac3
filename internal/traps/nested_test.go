package traps_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/store"
)

// syncInside is a service that takes care of its own transaction, as it
// believes. Begin of a transaction is a savepoint, its Commit a release.
func syncInside(ctx context.Context, tx pgx.Tx) error {
	nested, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = nested.Rollback(ctx) }()
	if err := writePages(ctx, nested); err != nil {
		return err
	}
	return nested.Commit(ctx) // "committed"
}

// The caller has a transaction of its own around it: a middleware, a test
// fixture, a unit of work. It ends otherwise, and everything inside with it.
func TestTrapTheCallersTransactionUndoesACommitInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	outer, err := b.pool.Begin(ctx)
	must(t, err)
	must(t, syncInside(ctx, outer))
	must(t, outer.Rollback(ctx)) // something later in the request went wrong
	b.wantProjects(t, 0)
	b.wantStatements(t, "begin", "savepoint", "insert", "insert", "insert", "release", "rollback")
}

// Nobody rolls back on purpose here: the author committed the inner one, and
// the clean-up of the outer one does what clean-ups do.
func TestTrapOnlyTheSavepointIsCommitted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	run := func() error {
		tx, err := b.pool.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(ctx) }()
		return syncInside(ctx, tx)
	}
	must(t, run())
	b.wantProjects(t, 0)
	b.wantStatements(t, "begin", "savepoint", "insert", "insert", "insert", "release", "rollback")
}

// InTx begins at the pool, never inside another transaction, so its commit is
// the transaction's. A savepoint inside it is only that.
func TestHoldfastCommitsTheTransactionAndNotASavepoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	must(t, b.store.InTx(ctx, func(tx *store.Tx) error { return syncInside(ctx, tx) }))
	b.wantProjects(t, pages)
	b.wantStatements(t, "begin", "savepoint", "insert", "insert", "insert", "release", "commit")
}

// Whoever is handed a transaction and ends it is found out: the owner's commit
// fails, so nobody reports a success that depends on it.
func TestHoldfastNoticesATransactionThatEndedInside(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	err := b.store.InTx(ctx, func(tx *store.Tx) error {
		return errors.Join(writePages(ctx, tx), tx.Rollback(ctx))
	})
	if !errors.Is(err, store.ErrCommitUnknown) || !errors.Is(err, pgx.ErrTxClosed) {
		t.Errorf("InTx = %v, want ErrCommitUnknown for ErrTxClosed", err)
	}
	b.wantProjects(t, 0)
}
