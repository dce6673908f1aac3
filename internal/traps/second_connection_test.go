package traps_test

import (
	"context"
	"testing"
)

// writeStatus stands for what a client is told: a row that says it is done.
func writeStatus(ctx context.Context, db execer) error {
	_, err := db.Exec(ctx, "insert into sources (name, kind) values ('forge', 'gitlab')")
	return err
}

// The rows go through one connection, and the commit that everybody sees in
// the log through another. The first transaction ends as all forgotten ones do.
func TestTrapTheCommitWasOnAnotherConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	rows, err := b.pool.Begin(ctx)
	must(t, err)
	must(t, writePages(ctx, rows))
	status, err := b.pool.Begin(ctx)
	must(t, err)
	must(t, writeStatus(ctx, status))
	must(t, status.Commit(ctx)) // "committed"
	must(t, rows.Rollback(ctx)) // a clean-up, a time-out, the end of the process
	b.wantProjects(t, 0)
	if got := b.count(t, "sources"); got != 1 {
		t.Errorf("status rows = %d, want 1: the status says more than the table holds", got)
	}
}

// A connection that goes back to the pool in mid-transaction is rolled back by
// closing it; nobody is told.
func TestTrapAConnectionIsReleasedInMidTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	conn, err := b.pool.Acquire(ctx)
	must(t, err)
	_, err = conn.Exec(ctx, "begin")
	must(t, err)
	must(t, writePages(ctx, conn))
	conn.Release()
	b.wantProjects(t, 0)
}

// A page's rows, its ledger entry, the cursor and the counters that clients
// see are one transaction on one connection: none is there without the others.
func TestHoldfastWritesRowsAndStatusInOneTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	lease := b.lease(t)

	page, err := b.beginPage(ctx, lease, "", "a", "{}")
	must(t, err)
	page.Rollback(ctx) // the worker dies here
	b.wantProjects(t, 0)
	b.wantProgress(t, 0)

	page, err = b.beginPage(ctx, lease, "", "a", "{}")
	must(t, err)
	must(t, page.Commit(ctx, entry("a")))
	b.wantProjects(t, 1)
	b.wantProgress(t, 1)
}
