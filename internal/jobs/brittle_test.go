package jobs_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
)

// brittle cuts a connection to Postgres at the n-th write from when it is armed.
type brittle struct {
	mu sync.Mutex
	// left is how many writes are still to pass; 0 when no cut is due.
	left int
	// deliver lets the last write reach the server before the cut, so that only
	// its answer is lost.
	deliver bool
}

// brittlePool opens a pool on a database of its own, all of whose connections
// can be cut.
func brittlePool(t *testing.T) (*pgxpool.Pool, *brittle) {
	t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	// The server never dies here: what it has committed need not be on disk.
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	b := &brittle{}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &brittleConn{Conn: conn, brittle: b}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, b
}

// arm cuts at the n-th write from now; 0 disarms.
func (b *brittle) arm(n int, deliver bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.deliver = n, deliver
}

// passes counts a write; it reports whether it may reach the server and whether
// the connection lasts beyond it.
func (b *brittle) passes() (through, lasts bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left == 0 {
		return true, true
	}
	b.left--
	return b.left > 0 || b.deliver, b.left > 0
}

// brittleConn is a connection that the test can cut.
type brittleConn struct {
	net.Conn

	brittle *brittle
}

func (c *brittleConn) Write(p []byte) (int, error) {
	through, lasts := c.brittle.passes()
	if !lasts {
		defer c.Close()
	}
	if !through {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}
