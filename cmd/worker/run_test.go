package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"holdfast/internal/dbtest"
	"holdfast/internal/health"
	"holdfast/internal/jobs"
	"holdfast/internal/store"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// output is a writer that a running worker and its test share.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// environment writes a configuration and returns the variables that name it.
func environment(t *testing.T, database string) func(string) string {
	t.Helper()
	dir := t.TempDir()
	text := "worker: {admin_listen: '127.0.0.1:0'}\nsources: [{name: list, kind: file, path: list.ndjson}]\n"
	path := filepath.Join(dir, "holdfast.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"HOLDFAST_CONFIG": path, "DATABASE_URL": database}
	return func(name string) string { return env[name] }
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	for _, test := range []struct {
		args   []string
		want   string
		failed bool
	}{
		{args: []string{"version"}, want: "holdfast-worker development"},
		{args: []string{"help"}, want: "usage: holdfast-worker"},
		{args: []string{"--help"}, want: "usage: holdfast-worker"},
		{args: []string{"work"}, want: `unknown command "work"`, failed: true},
		{args: []string{"--what"}, want: "flag provided but not defined", failed: true},
		{args: []string{"--config", "x.yaml", "more"}, want: `unexpected argument "more"`, failed: true},
		{args: []string{"--config", "not-there.yaml"}, want: "not-there.yaml", failed: true},
	} {
		var stdout, stderr output
		err := run(t.Context(), test.args, none, &stdout, &stderr)
		said := stdout.String() + stderr.String()
		if (stdout.String() == "") != test.failed {
			t.Errorf("%v: stdout is %q", test.args, stdout.String())
		}
		if err != nil {
			said += err.Error()
		}
		if (err != nil) != test.failed || !strings.Contains(said, test.want) {
			t.Errorf("%v: failed = %v, said %q, want %q", test.args, err != nil, said, test.want)
		}
	}
}

func TestADatabaseOutOfReachIsSaidPlainly(t *testing.T) {
	t.Parallel()
	var out output
	err := run(t.Context(), nil, environment(t, "postgres://u:hush-hush@127.0.0.1:1/x"), &out, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "the database cannot be reached; check database_url") ||
		strings.Contains(err.Error(), "hush-hush") {
		t.Errorf("error %v", err)
	}
}

func TestAnOldSchemaIsRefused(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "delete from goose_db_version where version_id > 2"); err != nil {
		t.Fatal(err)
	}
	var out output
	if err := run(t.Context(), nil, environment(t, url), &out, &out); !errors.Is(err, jobs.ErrSchemaTooOld) {
		t.Errorf("run on an old schema = %v, want ErrSchemaTooOld", err)
	}
}

func TestAServerThatForgetsIsRefused(t *testing.T) {
	t.Parallel()
	var out output
	url := dbtest.URL(t) + " options='-c synchronous_commit=off'"
	if err := run(t.Context(), nil, environment(t, url), &out, &out); !errors.Is(err, store.ErrNotDurable) {
		t.Errorf("run with synchronous_commit = off: %v, want ErrNotDurable", err)
	}
}

func TestAWorkerServesItsHealthAndDrains(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out output
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, environment(t, dbtest.URL(t)), &out, &out) }()
	deadline := time.Now().Add(10 * time.Second)
	address := ""
	for address == "" && time.Now().Before(deadline) {
		if _, after, ok := strings.Cut(out.String(), "admin="); ok {
			address, _, _ = strings.Cut(after, " ")
		}
		<-time.After(5 * time.Millisecond)
	}
	if err := health.Ask(t.Context(), "http://"+address+"/readyz"); err != nil {
		t.Errorf("health of a running worker: %v; it said %s", err, out.String())
	}
	checkMetrics(t, "http://"+address+"/metrics")
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the worker ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the worker did not drain")
	}
	if err := health.Ask(t.Context(), "http://"+address+"/readyz"); err == nil {
		t.Error("a worker that has ended is healthy")
	}
}

// checkMetrics fails the test unless the worker's numbers, and those of its
// database, are there.
func checkMetrics(t *testing.T, url string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"holdfast_worker_leases 0", `holdfast_worker_pages_total{source="list"} 0`, "holdfast_database_up 1", "go_goroutines ",
	} {
		if !strings.Contains(string(body), "\n"+line) {
			t.Errorf("no %q in the metrics:\n%s", line, body)
		}
	}
}
