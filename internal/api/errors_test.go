package api_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/api"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

func TestRouter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, test := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{http.MethodGet, "/", 404, "unknown_route", ""},
		{http.MethodGet, "/api/v2/sources", 404, "unknown_route", ""},
		{http.MethodPost, "/nowhere/%3Cscript%3E", 404, "unknown_route", ""},
		{http.MethodGet, "/api/v1/sources/", 404, "unknown_route", ""},
		{http.MethodDelete, "/api/v1/sources", 405, "method_not_allowed", "OPTIONS, GET, HEAD"},
		{http.MethodGet, syncPath, 405, "method_not_allowed", "OPTIONS, POST"},
		{http.MethodPut, "/livez", 405, "method_not_allowed", "OPTIONS, GET, HEAD"},
	} {
		a := b.call(test.method, test.path, "").want(test.status)
		if a.code() != test.code || a.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: code %q, Allow %q; want %q, %q", test.method, test.path, a.code(), a.header.Get("Allow"), test.code, test.allow)
		}
	}
	if a := b.call(http.MethodOptions, "/api/v1/sources", "").want(http.StatusNoContent); a.header.Get("Allow") == "" {
		t.Error("OPTIONS without Allow")
	}
	if a := b.call(http.MethodHead, "/api/v1/sources", "").want(http.StatusOK); len(a.body) > 0 {
		t.Errorf("HEAD with a body: %s", a.body)
	}
}

// A probe may make its address unique.
func TestProbesTakeAnyQuery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/openapi.yaml"} {
		for _, query := range []string{"?x=1", "?x=1&x=2", "?%zz"} {
			b.get(path + query).want(http.StatusOK)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.get("/livez", "X-Request-ID", "mine-1").header.Get("X-Request-ID"); got != "mine-1" {
		t.Errorf("the client's id became %q", got)
	}
	for _, bad := range []string{strings.Repeat("x", 129), "a b", "naïve"} {
		if got := b.get("/livez", "X-Request-ID", bad).header.Get("X-Request-ID"); got == bad || got == "" {
			t.Errorf("id %q became %q", bad, got)
		}
	}
}

// brokenJobs panics, or fails.
type brokenJobs struct {
	api.JobReader

	err error
}

func (j brokenJobs) ListJobs(context.Context, store.JobFilter) ([]project.Job, error) {
	if j.err == nil {
		panic("secret state")
	}
	return nil, j.err
}

func TestPanic(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) { d.Jobs = brokenJobs{} })
	a := b.get(jobsPath).want(http.StatusInternalServerError)
	if a.code() != "internal" || strings.Contains(string(a.body), "secret") {
		t.Errorf("answer: %s", a.body)
	}
	b.wantLog("secret state")
	b.wantLog(decode[openapi.Problem](a).RequestID)
	b.get("/livez").want(http.StatusOK)
}

// cutOff ends every connection to the test's database and lets none in.
func (b *bundle) cutOff() {
	b.tb.Helper()
	admin, err := pgx.Connect(b.tb.Context(), os.Getenv("DATABASE_URL"))
	if err != nil {
		b.tb.Fatalf("connect: %v", err)
	}
	defer func() { _ = admin.Close(b.tb.Context()) }()
	name := b.pool.Config().ConnConfig.Database
	if _, err := admin.Exec(b.tb.Context(), "alter database "+name+" with allow_connections false"); err != nil {
		b.tb.Fatalf("shut the database: %v", err)
	}
	if _, err := admin.Exec(b.tb.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name); err != nil {
		b.tb.Fatalf("end connections: %v", err)
	}
}

// A database that goes away is a 503 that says when to come back.
func TestDatabaseGone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	job := b.sync("gitlab")
	b.cutOff()
	for _, path := range []string{jobsPath, jobsPath + "/" + job.ID, "/api/v1/sources", "/api/v1/projects", "/api/v1/projects/1"} {
		a := b.get(path).want(http.StatusServiceUnavailable)
		if a.code() != "database_unavailable" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for _, path := range []string{syncPath, jobsPath + "/" + job.ID + "/cancel", jobsPath + "/" + job.ID + "/retry"} {
		b.post(path, "").want(http.StatusServiceUnavailable)
	}
	if code := b.get("/readyz").want(http.StatusServiceUnavailable).code(); code != "not_ready" {
		t.Errorf("/readyz: %s", code)
	}
	b.get("/livez").want(http.StatusOK)
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get("/api/v1/projects?q=hush-hush", "X-Request-ID", "r1").want(http.StatusOK)
	for _, part := range []string{
		`"msg":"request"`, `"request_id":"r1"`, `"path":"/api/v1/projects"`, `"status":200`, `"caller":"anonymous"`, `"remote_ip":"127.0.0.1"`,
	} {
		b.wantLog(part)
	}
	if log := b.log.String(); strings.Contains(log, "hush-hush") {
		t.Errorf("the query is in the log: %s", log)
	}
}
