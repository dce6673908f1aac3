package api_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"holdfast/internal/api"
	"holdfast/internal/dbtest"
	"holdfast/internal/health"
	"holdfast/internal/jobs"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundle is a server on a database of its own.
type bundle struct {
	tb     testing.TB
	pool   *pgxpool.Pool
	server *api.Server
	url    string
	log    *logged
}

// setup starts a server with the sources gitlab and files, and old, which is
// disabled. change may alter what it is made of.
func setup(tb testing.TB, change ...func(*api.Deps)) *bundle {
	tb.Helper()
	pool := dbtest.New(tb)
	client, err := jobs.NewClient(pool, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatalf("make client: %v", err)
	}
	reads := store.New(pool)
	b := &bundle{tb: tb, pool: pool, log: &logged{}}
	deps := api.Deps{
		Queue: client, Deletions: client, Checker: client, Jobs: reads, Records: reads, Plans: reads, Mirror: reads,
		Sources:   []api.Source{configured("gitlab", true), configured("files", true), configured("old", false)},
		Checks:    []health.Check{{Name: "connection to the database", Run: pool.Ping}},
		BodyLimit: 1 << 10,
		Metrics:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metric 1\n") }),
		Log:       slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&deps)
	}
	b.start(deps)
	return b
}

// logged is what the server has logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wantLog waits for a text in the log: a line is written after its answer.
func (b *bundle) wantLog(text string) {
	b.tb.Helper()
	waitFor(b.tb, text+" in the log", func() bool { return strings.Contains(b.log.String(), text) })
}

func (b *bundle) start(deps api.Deps) {
	b.server = api.New(deps)
	server := httptest.NewServer(b.server)
	b.tb.Cleanup(server.Close)
	b.url = server.URL
}

func configured(name string, enabled bool) api.Source {
	return api.Source{SourceRef: project.SourceRef{Name: name, Kind: "gitlab"}, Enabled: enabled}
}

// answer is what came back.
type answer struct {
	tb     testing.TB
	status int
	header http.Header
	body   []byte
}

// call sends a request with headers in pairs, of which those that begin with +
// are added to the one of that name, and checks the answer against the
// contract.
func (b *bundle) call(method, path, body string, headers ...string) answer {
	b.tb.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(b.tb.Context(), method, b.url+path, reader)
	if err != nil {
		b.tb.Fatalf("make request: %v", err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if name, more := strings.CutPrefix(headers[i], "+"); more {
			request.Header.Add(name, headers[i+1])
			continue
		}
		request.Header.Del(headers[i])
		if headers[i+1] != "" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		b.tb.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		b.tb.Fatalf("%s %s: read body: %v", method, path, err)
	}
	checkContract(b.tb, request, response, got)
	return answer{tb: b.tb, status: response.StatusCode, header: response.Header, body: got}
}

func (b *bundle) get(path string, headers ...string) answer {
	b.tb.Helper()
	return b.call(http.MethodGet, path, "", headers...)
}

func (b *bundle) post(path, body string, headers ...string) answer {
	b.tb.Helper()
	return b.call(http.MethodPost, path, body, headers...)
}

// want fails the test unless the status is the expected one.
func (a answer) want(status int) answer {
	a.tb.Helper()
	if a.status != status {
		a.tb.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	return a
}

// code returns the code of a problem.
func (a answer) code() string {
	a.tb.Helper()
	return decode[openapi.Problem](a).Code
}

func decode[T any](a answer) T {
	a.tb.Helper()
	var value T
	if err := json.Unmarshal(a.body, &value); err != nil {
		a.tb.Fatalf("decode %T: %v\n%s", value, err, a.body)
	}
	return value
}

// sync enqueues a source and returns its job.
func (b *bundle) sync(source string) openapi.Job {
	b.tb.Helper()
	jobs := decode[openapi.StartedJobs](b.post("/api/v1/sync/projects", `{"source":"`+source+`"}`).want(http.StatusAccepted)).Jobs
	if len(jobs) != 1 {
		b.tb.Fatalf("%d jobs, want 1", len(jobs))
	}
	return jobs[0]
}

// exec runs a statement on the test's database.
func (b *bundle) exec(statement string, args ...any) {
	b.tb.Helper()
	if _, err := b.pool.Exec(b.tb.Context(), statement, args...); err != nil {
		b.tb.Fatalf("%s: %v", statement, err)
	}
}

// scan reads one value.
func scan[T any](b *bundle, query string, args ...any) T {
	b.tb.Helper()
	var value T
	if err := b.pool.QueryRow(b.tb.Context(), query, args...).Scan(&value); err != nil {
		b.tb.Fatalf("%s: %v", query, err)
	}
	return value
}

func mustURL(tb testing.TB, text string) *url.URL {
	tb.Helper()
	u, err := url.Parse(text)
	if err != nil {
		tb.Fatalf("parse URL: %v", err)
	}
	return u
}
