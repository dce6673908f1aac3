package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

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

// call runs the command and returns what it printed.
func call(ctx context.Context, env map[string]string, args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	err = run(ctx, args, func(name string) string { return env[name] }, &out, &errOut)
	return out.String(), errOut.String(), err
}

// configured writes a configuration and returns the environment that names it.
func configured(tb testing.TB, databaseURL, text string) map[string]string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return map[string]string{"HOLDFAST_CONFIG": path, "DATABASE_URL": databaseURL}
}

const small = `
api:
  listen: 127.0.0.1:0
sources:
  - {name: gitlab, kind: gitlab, url: "http://127.0.0.1:1"}
`

func execSQL(tb testing.TB, url, statement string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), url)
	if err != nil {
		tb.Fatalf("connect: %v", err)
	}
	defer func() { _ = conn.Close(tb.Context()) }()
	if _, err := conn.Exec(tb.Context(), statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		err  error
		part string
	}{
		"help":            {[]string{"help"}, nil, "usage: holdfast-api"},
		"-h":              {[]string{"-h"}, nil, "usage: holdfast-api"},
		"version":         {[]string{"version"}, nil, "holdfast-api development"},
		"unknown":         {[]string{"srve"}, errUsage, "usage: holdfast-api"},
		"unknown flag":    {[]string{"serve", "--port", "1"}, errUsage, "usage: holdfast-api"},
		"extra argument":  {[]string{"migrate", "now"}, errUsage, "usage: holdfast-api"},
		"config --help":   {[]string{"config", "--help"}, nil, "usage: holdfast-api"},
		"check --help":    {[]string{"config", "check", "--help"}, nil, "usage: holdfast-api"},
		"extra URL":       {[]string{"healthcheck", "http://127.0.0.1:1/readyz", "extra"}, errUsage, "usage: holdfast-api"},
		"config of that?": {[]string{"config", "chekc"}, errUsage, "usage: holdfast-api"},
		"config of what?": {[]string{"config"}, errUsage, "usage: holdfast-api"},
		"online what?":    {[]string{"migrate", "--online"}, errUsage, "usage: holdfast-api"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, err := call(t.Context(), nil, test.args...)
			if !errors.Is(err, test.err) || !strings.Contains(stdout+stderr, test.part) {
				t.Errorf("error %v, output:\n%s%s", err, stdout, stderr)
			}
			// What was asked for is output, what went wrong is not.
			if asked := test.err == nil; (stdout != "") != asked || (stderr != "") == asked {
				t.Errorf("error %v, stdout:\n%s\nstderr:\n%s", err, stdout, stderr)
			}
		})
	}
}

func TestConfigCheck(t *testing.T) {
	t.Parallel()
	env := configured(t, "postgres://localhost/x", small)
	if stdout, _, err := call(t.Context(), env, "config", "check"); err != nil || !strings.Contains(stdout, "ok") {
		t.Errorf("%v\n%s", err, stdout)
	}
	env = configured(t, "postgres://localhost/x", "sorces: []\n")
	if _, _, err := call(t.Context(), env, "config", "check"); err == nil {
		t.Error("a misspelt key was accepted")
	}
}

func TestMigrateWithoutConfiguration(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	execSQL(t, url, "drop schema public cascade; create schema public")
	env := map[string]string{"DATABASE_URL": url}
	none := filepath.Join(t.TempDir(), "none.yaml")
	for _, named := range []struct {
		env  map[string]string
		args []string
	}{
		{env, []string{"migrate", "--config", none}},
		{map[string]string{"DATABASE_URL": url, "HOLDFAST_CONFIG": none}, []string{"migrate"}},
	} {
		if stdout, _, err := call(t.Context(), named.env, named.args...); err == nil || !strings.Contains(err.Error(), "there is no such file") {
			t.Fatalf("%v: %v\n%s", named.args, err, stdout)
		}
	}
	for _, want := range []string{"steps", "the schema is up to date"} {
		stdout, stderr, err := call(t.Context(), env, "migrate")
		if err != nil || !strings.Contains(stdout, want) {
			t.Fatalf("%v\n%s%s", err, stdout, stderr)
		}
	}
	execSQL(t, url, "select count(*) from projects")
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		statement string
		want      error
		part      string
	}{
		"an old schema":       {"delete from goose_db_version where version_id > 1", jobs.ErrSchemaTooOld, "holdfast-api migrate"},
		"no schema at all":    {"drop schema public cascade; create schema public", jobs.ErrSchemaTooOld, "holdfast-api migrate"},
		"a forgetting server": {"do $$ begin execute 'alter database ' || current_database() || ' set synchronous_commit = off'; end $$", store.ErrNotDurable, "synchronous_commit = on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t)
			execSQL(t, url, test.statement)
			_, _, err := call(t.Context(), configured(t, url, small))
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.part) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestNoDatabase(t *testing.T) {
	t.Parallel()
	const url = "postgres://holdfast:hush-hush@127.0.0.1:1/holdfast"
	for _, command := range []string{"serve", "migrate"} {
		_, stderr, err := call(t.Context(), configured(t, url, small), command)
		if err == nil || !strings.Contains(err.Error(), "DATABASE_URL") || strings.Contains(err.Error()+stderr, "hush-hush") {
			t.Errorf("%s: %v\n%s", command, err, stderr)
		}
	}
}

// The command serves, says where, answers health checks, and ends when it is
// told to.
func TestServe(t *testing.T) {
	t.Parallel()
	env := configured(t, dbtest.URL(t), small)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stderr, log := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, func(name string) string { return env[name] }, io.Discard, log)
		_ = log.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(stderr)
	address := ""
	for address == "" && lines.Scan() {
		if found := regexp.MustCompile(`msg="api ready" listen=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			address = found[1]
		}
	}
	if address == "" {
		t.Fatalf("no address in the log: %v", <-ended)
	}
	go func() {
		for lines.Scan() {
			continue // the log must go on
		}
	}()
	if _, _, err := call(ctx, nil, "healthcheck", "http://"+address+"/readyz"); err != nil {
		t.Errorf("health check: %v", err)
	}
	if body := fetch(t, "http://"+address+"/metrics"); !strings.Contains(body, `holdfast_api_requests_total{method="GET",route="/readyz",status="2xx"} 1`) {
		t.Errorf("metrics:\n%s", body)
	}
	if _, _, err := call(ctx, nil, "healthcheck", "http://"+address+"/nothing"); !errors.Is(err, health.ErrNotReady) {
		t.Errorf("health check of nothing: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// fetch returns the body of an answer.
func fetch(tb testing.TB, url string) string {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}
