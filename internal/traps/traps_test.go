package traps_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"holdfast/internal/dbtest"
	"holdfast/internal/store"
)

// TestMain also fails when a goroutine outlives the tests.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// pages is how many pages of one row each a sync of these tests writes.
const pages = 3

// testBundle is a database of the test's own and a pool that records.
type testBundle struct {
	pool  *pgxpool.Pool
	store *store.Store
	heard *recorder
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	return setupWith(t, func(*pgxpool.Config) {})
}

// setupWith lets a test bend the configuration of its recorded pool.
func setupWith(t *testing.T, bend func(*pgxpool.Config)) *testBundle {
	t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	heard := new(recorder)
	config.ConnConfig.Tracer = heard
	bend(config)
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &testBundle{pool: pool, store: store.New(pool), heard: heard}
}

// count asks a fresh connection that took no part, with the server's own
// defaults: what anybody else sees.
func (b *testBundle) count(t *testing.T, table string) int {
	t.Helper()
	config := b.pool.Config().ConnConfig
	config.Tracer = nil
	delete(config.RuntimeParams, "search_path")
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var n int
	if err := conn.QueryRow(t.Context(), "select count(*) from "+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wantProjects compares the number of projects that anybody else sees.
func (b *testBundle) wantProjects(t *testing.T, want int) {
	t.Helper()
	if got := b.count(t, "projects"); got != want {
		t.Errorf("a fresh connection counts %d projects, want %d", got, want)
	}
}

// wantStatements compares what was said on the recorded pool.
func (b *testBundle) wantStatements(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, b.heard.all()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// execer is a pool, a connection or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// writePage writes a page of one row through whatever it is given.
func writePage(ctx context.Context, db execer, id string) error {
	const insert = `insert into projects (source, external_id, name, full_path, payload, content_hash)
		values ('forge', $1, $1, $1, '{}', '')`
	_, err := db.Exec(ctx, insert, id)
	return err
}

// writePages writes all pages of a sync.
func writePages(ctx context.Context, db execer) error {
	for _, id := range []string{"a", "b", "c"}[:pages] {
		if err := writePage(ctx, db, id); err != nil {
			return err
		}
	}
	return nil
}

// must fails the test on an error that its story has no place for.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recorder notes the statements of a pool's connections in the order of their
// answers, each by its first word, with the answer where it is not the expected.
type recorder struct {
	mu    sync.Mutex
	heard []string
}

// saidKey carries a statement from its start to its end.
type saidKey struct{}

// TraceQueryStart implements [pgx.QueryTracer].
func (*recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	word, _, _ := strings.Cut(data.SQL, " ")
	return context.WithValue(ctx, saidKey{}, word)
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (r *recorder) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	said, _ := ctx.Value(saidKey{}).(string)
	switch answer := data.CommandTag.String(); {
	case data.Err != nil:
		said += " (failed)"
	case said == "commit" && answer != "COMMIT":
		said += " (answer: " + answer + ")"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, said)
}

// all returns what was heard so far.
func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.heard...)
}
