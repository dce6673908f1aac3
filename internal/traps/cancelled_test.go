package traps_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/store"
)

// postAndLeave posts to the handler and hangs up as soon as leave is closed.
func postAndLeave(t *testing.T, handler http.HandlerFunc, leave <-chan struct{}) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close() // waits until the handler has returned
	ctx, hangUp := context.WithCancel(t.Context())
	go func() { <-leave; hangUp() }()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, http.NoBody)
	must(t, err)
	response, err := server.Client().Do(request)
	if err == nil {
		must(t, response.Body.Close())
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the client was to leave before the answer, got %v", err)
	}
}

// The whole sync runs in the request. The client's time-out, a closed tab or a
// proxy ends the request's context, and the commit with it is never sent.
func TestTrapAClientThatLeavesTakesTheRowsAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	written := make(chan struct{})
	postAndLeave(t, func(_ http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		tx, err := b.pool.Begin(ctx)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if err := writePages(ctx, tx); err != nil {
			t.Error(err)
		}
		close(written)
		<-ctx.Done()
		// There is nobody left to tell, so this error ends in a log at best.
		if err := tx.Commit(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("commit = %v, want context.Canceled", err)
		}
	}, written)
	b.wantProjects(t, 0)
	b.wantStatements(t, "begin", "insert", "insert", "insert", "commit (failed)")
}

// What the request has to write is small and its transaction does not hang on
// the client: once begun it ends, by the server's answer or a time-out of ours.
func TestHoldfastWritesARequestToItsEndWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	b := setup(t)
	begun := make(chan struct{})
	postAndLeave(t, func(_ http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), time.Minute)
		defer cancel()
		if err := b.store.InTx(ctx, func(tx *store.Tx) error {
			close(begun)
			<-r.Context().Done()
			return writePages(ctx, tx)
		}); err != nil {
			t.Error(err)
		}
	}, begun)
	b.wantProjects(t, pages)
	b.wantStatements(t, "begin", "insert", "insert", "insert", "commit")
}

// The handler answers and cleans up, as handlers should; the goroutine it
// started has written one page and goes on with the same transaction.
func TestTrapAGoroutineOutlivesTheRequestsTransaction(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	firstPage, answered, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	handle := func() {
		tx, err := b.pool.Begin(ctx)
		must(t, err)
		defer func() { _ = tx.Rollback(ctx) }() // the request's clean-up
		go func() {
			err := writePage(ctx, tx, "a")
			close(firstPage)
			<-answered
			ended <- errors.Join(err, writePage(ctx, tx, "b"), tx.Commit(ctx))
		}()
		<-firstPage // 200 OK: "sync started"
	}
	handle()
	close(answered)
	if err := <-ended; !errors.Is(err, pgx.ErrTxClosed) {
		t.Errorf("the goroutine ended with %v, want ErrTxClosed", err)
	}
	b.wantProjects(t, 0)
	b.wantStatements(t, "begin", "insert", "rollback")
}

// The request and the sync share nothing but the database: the worker begins
// and commits a transaction for each page, under a context that is its own.
func TestHoldfastGivesEachPageATransactionOfTheWorkersOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	request, endRequest := context.WithCancel(t.Context())
	lease := b.lease(t) // stands for what the request recorded
	worker := context.WithoutCancel(request)
	endRequest()
	from := ""
	for n, id := range []string{"a", "b", "c"} {
		page, err := b.beginPage(worker, lease, from, id, "{}")
		must(t, err)
		b.wantProjects(t, n) // nobody sees a page before its commit,
		must(t, page.Commit(worker, entry(id)))
		b.wantProjects(t, n+1) // and everybody after it
		from = id
	}
	b.wantProgress(t, pages)
}
