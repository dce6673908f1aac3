package traps_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"holdfast/internal/store"
)

// writeBadRecord breaks a not-null rule, as a record of a service may.
func writeBadRecord(ctx context.Context, db execer) error {
	_, err := db.Exec(ctx, "insert into projects (source, external_id) values ('forge', 'bad')")
	return err
}

// One bad record is skipped. The server has aborted the whole transaction, and
// answers COMMIT with ROLLBACK, which is no error of the protocol: whoever
// sends the word himself, or defers the commit, hears nothing.
func TestTrapACommitAfterASwallowedErrorIsARollback(t *testing.T) {
	t.Parallel()
	for name, commit := range map[string]func(context.Context, pgx.Tx) error{
		"commit as a statement": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.Conn().Exec(ctx, "commit")
			return err
		},
		"commit deferred": func(ctx context.Context, tx pgx.Tx) error {
			defer func() { _ = tx.Commit(ctx) }()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			ctx := t.Context()
			tx, err := b.pool.Begin(ctx)
			must(t, err)
			must(t, writePages(ctx, tx))
			_ = writeBadRecord(ctx, tx) // "skip it"
			must(t, commit(ctx, tx))
			_ = tx.Rollback(ctx) // gives the connection back
			b.wantProjects(t, 0)
		})
	}
}

// The commit's answer is read: an aborted transaction is an error of InTx,
// also when its function swallowed the cause.
func TestHoldfastReportsACommitThatRolledBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	err := b.store.InTx(ctx, func(tx *store.Tx) error {
		defer func() { _ = writeBadRecord(ctx, tx) }()
		return writePages(ctx, tx)
	})
	if !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Errorf("InTx = %v, want ErrTxCommitRollback", err)
	}
	b.wantProjects(t, 0)
	b.wantStatements(t, "begin", "insert", "insert", "insert", "insert (failed)", "commit (answer: ROLLBACK)")
}

// A page whose write failed cannot be committed by carrying on.
func TestHoldfastCommitsNoPageBehindAFailedWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	page, err := b.beginPage(ctx, b.lease(t), "", "a", "this is no JSON")
	if !store.IsDataError(err) {
		t.Fatalf("writing the page = %v, want a data error", err)
	}
	if err := page.Commit(ctx, entry("a")); err == nil || errors.Is(err, store.ErrCommitUnknown) {
		t.Errorf("commit behind a failed write = %v, want a plain failure", err)
	}
	b.wantProjects(t, 0)
	b.wantProgress(t, 0)
}

// A record that may fail is tried under a savepoint, so that it fails alone.
func TestHoldfastIsolatesARecordThatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	must(t, b.store.InTx(ctx, func(tx *store.Tx) error {
		if err := writePages(ctx, tx); err != nil {
			return err
		}
		err := pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error { return writeBadRecord(ctx, savepoint) })
		if _, refused := errors.AsType[*pgconn.PgError](err); !refused {
			t.Errorf("the bad record was not refused: %v", err)
		}
		return nil
	}))
	b.wantProjects(t, pages)
	b.wantStatements(t,
		"begin", "insert", "insert", "insert", "savepoint", "insert (failed)", "rollback", "commit")
}
