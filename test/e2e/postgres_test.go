package e2e_test

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/jobs"
	"holdfast/internal/openapi"
)

// cluster is a Postgres server of a test's own, which may be stopped.
type cluster struct {
	t    *testing.T
	home string
	url  string
}

// startCluster makes a cluster with the script that developers use. It is
// skipped where only a remote server is at hand.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) == 0 {
		if _, err := exec.LookPath("initdb"); err != nil {
			t.Skip("there is no PostgreSQL server on this machine whose stopping could be tested")
		}
	}
	home, err := os.MkdirTemp("/var/tmp", "holdfast-e2e-") //nolint:usetesting // the server's user cannot reach t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, home: home}
	t.Cleanup(func() { c.script("destroy") })
	c.url = strings.TrimSpace(c.script("start"))
	return c
}

// script runs a command of scripts/postgres.sh on the cluster.
func (c *cluster) script(args ...string) string {
	c.t.Helper()
	command := exec.Command("../../scripts/postgres.sh", args...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "DATABASE_URL=") && !strings.HasPrefix(variable, "PGPORT=") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, "PGHOME="+c.home)
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		c.t.Fatalf("scripts/postgres.sh %s: %v\n%s", args, err, complaint.String())
	}
	return string(output)
}

// migrate brings the schema up to date.
func (c *cluster) migrate() {
	c.t.Helper()
	pool, err := pgxpool.New(c.t.Context(), c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer pool.Close()
	if _, err := jobs.Migrate(c.t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		c.t.Fatal(err)
	}
}

// Postgres crashes in mid-job and comes back; what was committed is there, and
// the same worker goes on.
func TestPostgresCrashesInMidJob(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	c.migrate()
	s := start(t, withDatabase(c.url), withProjects(2000), withPageLatency(30*time.Millisecond), withSource("partitions: 2"))
	job := s.post()
	for crash := range 2 {
		s.waitForPages(job.ID, int64(20*(crash+1)))
		committed := ask[int64](s, "select sum(page_no)::bigint from sync_partitions")
		c.script("stop", "immediate")
		c.script("start")
		s.pool.Reset()
		if after := ask[int64](s, "select sum(page_no)::bigint from sync_partitions"); after < committed {
			t.Errorf("%d pages after crash %d, there were %d before", after, crash+1, committed)
		}
	}
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
}

// While Postgres is down the API says that nothing was promised, and a repeat
// with the same key finds out.
func TestPostIsRefusedWhilePostgresIsDown(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	c.migrate()
	s := start(t, withDatabase(c.url), withWorkers(1))
	c.script("stop", "immediate")
	a, err := s.call(t.Context(), "POST", syncPath, "", "Idempotency-Key", "patient")
	if err != nil {
		t.Fatal(err)
	}
	if a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("answered %d %s with Retry-After %q, want 503 and when to come back", a.status, a.body, a.header.Get("Retry-After"))
	}
	c.script("start")
	s.pool.Reset()
	var job openapi.Job
	s.eventually("the API finds Postgres again", func() bool {
		a, err := s.call(t.Context(), "POST", syncPath, "", "Idempotency-Key", "patient")
		if err != nil || a.status != 202 {
			return false
		}
		job = decode[openapi.StartedJobs](s, a.body).Jobs[0]
		s.answered = append(s.answered, job.ID)
		return true
	})
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
}
