package pgproxy_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"holdfast/chaos/pgproxy"
	"holdfast/internal/dbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testBundle is a table on a real server, seen directly and through a proxy.
type testBundle struct {
	proxy          *pgproxy.Proxy
	direct         *pgx.Conn
	throughAddress string
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	config, err := pgx.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := pgproxy.Listen(t.Context(), fmt.Sprintf("%s:%d", config.Host, config.Port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	b := &testBundle{proxy: proxy, throughAddress: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable",
		config.User, config.Password, proxy.Addr(), config.Database)}
	b.direct = b.connect(t, config.ConnString())
	if _, err := b.direct.Exec(t.Context(), "create table written (id int)"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *testBundle) connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func (b *testBundle) through(t *testing.T) *pgx.Conn {
	t.Helper()
	return b.connect(t, b.throughAddress)
}

func (b *testBundle) rows(t *testing.T) int {
	t.Helper()
	var n int
	if err := b.direct.QueryRow(t.Context(), "select count(*) from written").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// simply commits with a query of its own.
func simply(ctx context.Context, conn *pgx.Conn) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into written values ($1)", 1); err != nil {
		return fmt.Errorf("before the commit: %w", err)
	}
	return tx.Commit(ctx)
}

// pipelined commits with the last statement of a batch, as pages do.
func pipelined(ctx context.Context, conn *pgx.Conn) error {
	var batch pgx.Batch
	batch.Queue("begin")
	batch.Queue("insert into written values ($1)", 1)
	batch.Queue("commit")
	return conn.SendBatch(ctx, &batch).Close()
}

func TestCommits(t *testing.T) {
	t.Parallel()
	for _, write := range []struct {
		name string
		do   func(context.Context, *pgx.Conn) error
	}{{"simple", simply}, {"pipelined", pipelined}} {
		for _, test := range []struct {
			name  string
			fault pgproxy.Fault
			rows  int
		}{
			{"the commit does not arrive", pgproxy.BeforeCommit, 0},
			{"its reply does not arrive", pgproxy.AfterCommit, 1},
		} {
			t.Run(write.name+": "+test.name, func(t *testing.T) {
				t.Parallel()
				b := setup(t)
				conn := b.through(t)
				trap := b.proxy.Set(test.fault, 1)
				if err := write.do(t.Context(), conn); err == nil {
					t.Error("the client was told that it committed")
				}
				if n := b.rows(t); n != test.rows || trap.Sprung() != 1 {
					t.Errorf("%d rows, trap sprung %d times, want %d rows and once", n, trap.Sprung(), test.rows)
				}
				again := b.through(t)
				if err := write.do(t.Context(), again); err != nil {
					t.Errorf("the commit after the fault: %v", err)
				}
				if n := b.rows(t); n != test.rows+1 {
					t.Errorf("%d rows after one more commit, want %d", n, test.rows+1)
				}
			})
		}
	}
}

func TestDisarmedTrapHitsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	trap := b.proxy.Set(pgproxy.BeforeCommit, 5)
	trap.Disarm()
	if err := simply(t.Context(), b.through(t)); err != nil || trap.Sprung() != 0 {
		t.Errorf("commit: %v, sprung %d times, want neither", err, trap.Sprung())
	}
}

func TestCutIsSilentAndDeliversLate(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.through(t)
	b.proxy.Cut()
	done := make(chan error, 1)
	go func() { done <- simply(t.Context(), conn) }()
	select {
	case err := <-done:
		t.Fatalf("something came through the cut: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if n := b.rows(t); n != 0 || b.proxy.Held() == 0 {
		t.Errorf("while the network is cut: %d rows, %d messages held", n, b.proxy.Held())
	}
	b.proxy.Heal()
	if err := <-done; err != nil || b.rows(t) != 1 {
		t.Errorf("after the cut: %v, %d rows", err, b.rows(t))
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.through(t)
	if n := b.proxy.Reset(); n != 1 {
		t.Errorf("%d connections reset, want one", n)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the connection still answers")
	}
}

func TestNotificationIsLost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	conn := b.through(t)
	if _, err := conn.Exec(t.Context(), "listen news"); err != nil {
		t.Fatal(err)
	}
	trap := b.proxy.Set(pgproxy.Notification, 1)
	for _, payload := range []string{"lost", "heard"} {
		if _, err := b.direct.Exec(t.Context(), "select pg_notify('news', $1)", payload); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	heard, err := conn.WaitForNotification(ctx)
	if err != nil || heard.Payload != "heard" || trap.Sprung() != 1 {
		t.Errorf("heard %+v, %v, sprung %d times: want the second one alone", heard, err, trap.Sprung())
	}
}
