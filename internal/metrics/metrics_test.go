package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.uber.org/goleak"

	"holdfast/internal/api"
	"holdfast/internal/jobs"
	"holdfast/internal/metrics"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ api.Observer  = (*metrics.API)(nil)
	_ jobs.Observer = (*metrics.Worker)(nil)
)

// process is one whose pool has no connection.
func process(tb testing.TB) metrics.Process {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), "postgres://127.0.0.1:1/nowhere?pool_max_conns=7")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return metrics.Process{Version: "v1.2.3", Pool: pool.Stat}
}

// database is what the figures come from.
type database struct{ err error }

func (d database) SourceFigures(_ context.Context, names []string) ([]project.SourceFigures, error) {
	at := time.Unix(1_700_000_000, 500_000_000)
	return []project.SourceFigures{{
		Name: names[0], ConfigFailures: 2, LastSuccessAt: &at, HeldDeletions: 30, Queued: 1, Waiting: 1,
	}}, d.err
}

// scrape returns the lines of one scrape that are about Holdfast.
func scrape(tb testing.TB, handler http.Handler) []string {
	tb.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if recorder.Code != http.StatusOK {
		tb.Fatalf("status %d: %s", recorder.Code, recorder.Body)
	}
	return slices.DeleteFunc(strings.Split(recorder.Body.String(), "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "holdfast_")
	})
}

// want fails the test unless each line was scraped.
func want(tb testing.TB, handler http.Handler, lines ...string) {
	tb.Helper()
	got := scrape(tb, handler)
	for _, line := range lines {
		if !slices.Contains(got, line) {
			tb.Errorf("no line %s in\n%s", line, strings.Join(got, "\n"))
			return
		}
	}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	m := metrics.NewAPI(process(t))
	m.Answered("/api/v1/sources", http.MethodGet, http.StatusOK, 30*time.Millisecond)
	m.Answered("/api/v1/sources", "BREW", http.StatusMethodNotAllowed, time.Millisecond)
	m.Enqueued(false)
	m.Enqueued(true)
	m.Enqueued(true)
	want(t, m.Handler(),
		`holdfast_api_requests_total{method="GET",route="/api/v1/sources",status="2xx"} 1`,
		`holdfast_api_requests_total{method="other",route="/api/v1/sources",status="4xx"} 1`,
		`holdfast_api_request_duration_seconds_bucket{route="/api/v1/sources",le="0.025"} 1`,
		`holdfast_api_request_duration_seconds_bucket{route="/api/v1/sources",le="0.05"} 2`,
		`holdfast_api_jobs_enqueued_total 1`,
		`holdfast_api_jobs_coalesced_total 2`,
		`holdfast_pool_connections_limit 7`,
		`holdfast_pool_connections{state="idle"} 0`,
		`holdfast_build_info{version="v1.2.3"} 1`,
	)
}

func TestWorker(t *testing.T) {
	t.Parallel()
	m := metrics.NewWorker(process(t), []string{"src", "other"}, database{})
	m.SliceBegan("src")
	m.SliceBegan("src")
	m.SliceEnded("src", jobs.SliceFenced)
	counts := store.PageCounts{Seen: 16, Created: 1, Updated: 2, Unchanged: 9, Restored: 4, Duplicates: 5, Quarantined: 6}
	m.PagesCommitted("src", []store.PageCounts{counts, counts}, 3*time.Millisecond)
	m.PagesCommitted("src", []store.PageCounts{counts}, time.Hour)
	m.PageNotModified("src")
	m.SourceFailed("src", source.RateLimit)
	m.TookOver("src")
	m.JobEnded("src", project.Succeeded, "")
	m.JobEnded("src", project.Failed, "receipt_mismatch")
	m.JobEnded("src", project.Failed, "unauthorized")
	want(t, m.Handler(),
		`holdfast_worker_leases 1`,
		`holdfast_worker_slices_total{end="fenced",source="src"} 1`,
		`holdfast_worker_pages_total{source="src"} 3`,
		`holdfast_worker_pages_not_modified_total{source="src"} 1`,
		`holdfast_worker_rows_total{outcome="created",source="src"} 3`,
		`holdfast_worker_rows_total{outcome="updated",source="src"} 6`,
		`holdfast_worker_rows_total{outcome="unchanged",source="src"} 27`,
		`holdfast_worker_rows_total{outcome="restored",source="src"} 12`,
		`holdfast_worker_rows_total{outcome="duplicate",source="src"} 15`,
		`holdfast_worker_rows_total{outcome="quarantined",source="src"} 18`,
		`holdfast_worker_page_duration_seconds_bucket{le="0.002"} 0`,
		`holdfast_worker_page_duration_seconds_bucket{le="0.004"} 1`,
		`holdfast_worker_page_duration_seconds_count 2`,
		`holdfast_worker_source_failures_total{kind="rate_limit",source="src"} 1`,
		`holdfast_worker_takeovers_total{source="src"} 1`,
		`holdfast_worker_jobs_finished_total{source="src",status="succeeded"} 1`,
		`holdfast_worker_jobs_finished_total{source="src",status="failed"} 2`,
		`holdfast_worker_receipt_mismatches_total{source="src"} 1`,
		// An alert sees the first increase only of what was there before.
		`holdfast_worker_receipt_mismatches_total{source="other"} 0`,
		`holdfast_worker_takeovers_total{source="other"} 0`,
		`holdfast_worker_slices_total{end="lost",source="other"} 0`,
		`holdfast_worker_source_failures_total{kind="configuration",source="other"} 0`,
		`holdfast_worker_jobs_finished_total{source="other",status="cancelled"} 0`,
		`holdfast_worker_rows_total{outcome="quarantined",source="other"} 0`,
		`holdfast_database_up 1`,
		`holdfast_source_jobs{source="src",status="queued"} 1`,
		`holdfast_source_jobs{source="src",status="running"} 0`,
		`holdfast_source_jobs{source="src",status="waiting"} 1`,
		`holdfast_source_config_failures{source="src"} 2`,
		`holdfast_source_held_deletions{source="src"} 30`,
		`holdfast_source_last_success_timestamp_seconds{source="src"} 1.7000000005e+09`,
	)
}

// A database that is away takes only what it would have told with it.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	m := metrics.NewWorker(process(t), []string{"src"}, database{err: errors.New("away")})
	want(t, m.Handler(), `holdfast_database_up 0`, `holdfast_worker_leases 0`)
	for _, line := range scrape(t, m.Handler()) {
		if strings.HasPrefix(line, "holdfast_source_") {
			t.Errorf("made up: %s", line)
		}
	}
}

// used returns metrics of both kinds of process that have all been used.
func used(tb testing.TB) map[string]http.Handler {
	tb.Helper()
	a := metrics.NewAPI(process(tb))
	a.Answered("/", http.MethodGet, http.StatusOK, time.Millisecond)
	return map[string]http.Handler{
		"api": a.Handler(), "worker": metrics.NewWorker(process(tb), []string{"src"}, database{}).Handler(),
	}
}

func TestNamesFollowTheConventions(t *testing.T) {
	t.Parallel()
	for name, handler := range used(t) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		problems, err := promlint.New(recorder.Body).Lint()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s: %s", name, p.Metric, p.Text)
		}
	}
}

// docs/operations.md and the code are two accounts of one thing.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`holdfast_[a-z_]*[a-z]`)
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(holdfast_[a-z_]+)` \\|").FindAllSubmatch(text, -1) {
		documented[string(row[1])] = true
	}
	exist := map[string]bool{}
	for _, handler := range used(t) {
		for _, line := range scrape(t, handler) {
			exist[base(names.FindString(line))] = true
		}
	}
	if diff := cmp.Diff(exist, documented); diff != "" {
		t.Errorf("code and the tables of docs/operations.md differ (-code +docs):\n%s", diff)
	}
	for _, name := range names.FindAllString(string(text), -1) {
		if !exist[name] && name != "holdfast_source" {
			t.Errorf("docs/operations.md speaks of %s, which does not exist", name)
		}
	}
}

// base is the name of the metric that a line of a histogram belongs to.
func base(name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if cut, ok := strings.CutSuffix(name, suffix); ok {
			return cut
		}
	}
	return name
}
