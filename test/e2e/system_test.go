package e2e_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/invariants"
	"holdfast/internal/sampleforge"
)

// patience is how long a test waits for something that must come. It is long
// because several systems share two cores; nothing is ever waited for in vain.
const patience = 90 * time.Second

// system is a deployment of Holdfast: a database, an API, workers, and a forge
// to mirror.
type system struct {
	t     *testing.T
	pool  *pgxpool.Pool
	forge *forge

	config  string
	api     *process
	address string
	workers []*process

	// answered has every job that a 202 told of.
	answered []string
	observer *invariants.Observer
}

// plan is what a test wants its system to be.
type plan struct {
	forge     sampleforge.Options
	sources   func(forgeURL string) string
	worker    map[string]string
	workers   int
	database  string
	watch     []invariants.WatchOption
	unwatched bool
}

// option changes the plan of a system.
type option func(*plan)

// withProjects is how many projects the forge has.
func withProjects(n int) option { return func(p *plan) { p.forge.Projects = n } }

// withPageLatency is how long the forge takes for a page.
func withPageLatency(d time.Duration) option { return func(p *plan) { p.forge.PageLatency = d } }

// withSource adds keys to the source "forge", one per argument.
func withSource(keys ...string) option {
	return func(p *plan) { p.sources = func(url string) string { return forgeSource("forge", url, keys...) } }
}

// withSources replaces the sources by what the function writes.
func withSources(write func(forgeURL string) string) option {
	return func(p *plan) { p.sources = write }
}

// withWorkers is how many workers run from the start.
func withWorkers(n int) option { return func(p *plan) { p.workers = n } }

// withWorker sets a key of the worker's section.
func withWorker(key, value string) option { return func(p *plan) { p.worker[key] = value } }

// withDatabase runs on a database of the test's own.
func withDatabase(url string) option { return func(p *plan) { p.database = url } }

// withStoppedProcesses is for tests that stop a process in the middle of a
// transaction: its session is then idle until Postgres ends it.
func withStoppedProcesses() option {
	return func(p *plan) { p.watch = append(p.watch, invariants.StoppedProcesses()) }
}

// unwatched is for tables that are too large to be read ten times a second.
func unwatched() option { return func(p *plan) { p.unwatched = true } }

// forgeSource writes a source that lists the forge.
func forgeSource(name, url string, keys ...string) string {
	lines := append([]string{"- name: " + name, "kind: gitlab", "url: " + url, "per_page: 20", "partitions: 1"}, keys...)
	return strings.Join(withoutRepeats(lines), "\n    ") + "\n"
}

// withoutRepeats lets the last line of a key win.
func withoutRepeats(lines []string) []string {
	var kept []string
	for i, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		again := false
		for _, later := range lines[i+1:] {
			again = again || strings.HasPrefix(later, key+":")
		}
		if !again {
			kept = append(kept, line)
		}
	}
	return kept
}

// start sets a system up: one worker with a short lease, and a forge with a few
// hundred projects, unless options say otherwise. When the test ends the
// invariants are checked and everything is torn down.
func start(t *testing.T, options ...option) *system {
	t.Helper()
	p := &plan{
		forge: sampleforge.Options{Projects: 300, Seed: 7}, workers: 1,
		sources: func(url string) string { return forgeSource("forge", url) },
		worker:  map[string]string{"lease": "2s", "slice": "30s", "concurrency": "4", "admin_listen": "127.0.0.1:0"},
	}
	for _, o := range options {
		o(p)
	}
	if p.database == "" {
		p.database = dbtest.URL(t)
	}
	pool, err := pgxpool.New(t.Context(), p.database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := &system{t: t, pool: pool, forge: newForge(t, p.forge)}
	s.writeConfig(p)
	s.startAPI()
	for range p.workers {
		s.startWorker()
	}
	if !p.unwatched {
		s.observer = invariants.Watch(context.WithoutCancel(t.Context()), pool, p.watch...)
	}
	t.Cleanup(s.verify)
	return s
}

func (s *system) writeConfig(p *plan) {
	s.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "database_url: %q\nlog:\n  format: json\n  level: debug\napi:\n  listen: 127.0.0.1:0\nworker:\n", p.database)
	for key, value := range p.worker {
		fmt.Fprintf(&text, "  %s: %s\n", key, value)
	}
	fmt.Fprintf(&text, "sources:\n  %s", p.sources(s.forge.url))
	s.config = filepath.Join(s.t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(s.config, []byte(text.String()), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// startAPI starts the API in place of the one before; with a failpoint in its
// environment it is one that has such.
func (s *system) startAPI(env ...string) {
	s.t.Helper()
	program := apiProgram
	if len(env) > 0 {
		program = dyingAPIProgram
	}
	s.api = run(s.t, program, "api ready", env, "serve", "--config", s.config)
	listen, _ := s.api.awaitReady(s.t)["listen"].(string)
	s.address = "http://" + listen
}

// startWorker starts one more worker and waits until it works.
func (s *system) startWorker() *process {
	s.t.Helper()
	w := run(s.t, workerProgram, "worker ready", nil, "--config", s.config)
	w.awaitReady(s.t)
	s.workers = append(s.workers, w)
	return w
}

// startDyingWorker starts a worker that kills itself at a failpoint. It may be
// dead before it says that it is ready.
func (s *system) startDyingWorker(failpoint string) *process {
	s.t.Helper()
	return run(s.t, dyingWorkerProgram, "", []string{"HOLDFAST_FAILPOINT=" + failpoint}, "--config", s.config)
}

// verify is what every test ends with: no invariant is broken, now or at any
// moment since the start.
func (s *system) verify() {
	ctx := context.WithoutCancel(s.t.Context())
	var broken []invariants.Violation
	if s.observer != nil {
		broken = s.observer.Stop()
		if s.observer.Looks() == 0 {
			s.t.Error("the observer never got to look")
		}
	}
	now, err := invariants.Check(ctx, s.pool)
	if err != nil {
		s.t.Error(err)
	}
	answered, err := invariants.CheckAnswered(ctx, s.pool, s.answered)
	if err != nil {
		s.t.Error(err)
	}
	for _, v := range append(append(broken, now...), answered...) {
		s.t.Error(v)
	}
}

// mirrors fails the test unless the live rows of a source are the forge's
// projects, field by field.
func (s *system) mirrors(source string) {
	s.t.Helper()
	s.mirrorsTruth(source, s.forge.truth(s.t))
}

// mirrorsTruth is the same for any truth.
func (s *system) mirrorsTruth(source string, truth map[string]invariants.Truth) {
	s.t.Helper()
	broken, err := invariants.CheckMirror(s.t.Context(), s.pool, source, truth)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range broken {
		s.t.Error(v)
	}
}

// ask reads one value from the database.
func ask[T any](s *system, query string, args ...any) T {
	s.t.Helper()
	var value T
	if err := s.pool.QueryRow(s.t.Context(), query, args...).Scan(&value); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return value
}

// eventually polls until the condition holds, and fails the test if it never does.
func (s *system) eventually(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited %s in vain: %s", patience, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// newForge serves a forge in the test's own process.
func newForge(t *testing.T, options sampleforge.Options) *forge {
	t.Helper()
	f := &forge{Forge: sampleforge.New(options)}
	server := httptest.NewServer(f.Forge)
	t.Cleanup(func() {
		f.ClearFaults()
		server.CloseClientConnections()
		server.Close()
	})
	f.url = server.URL
	return f
}
