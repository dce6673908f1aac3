package strike

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/metrics"
)

// poolMetrics is what an API shows, from the package that makes it.
func poolMetrics(t *testing.T) string {
	t.Helper()
	config, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/none?pool_max_conns=7")
	if err != nil {
		t.Fatal(err)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	answer := httptest.NewRecorder()
	metrics.NewAPI(metrics.Process{Version: "test", Pool: pool.Stat}).Handler().
		ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	return answer.Body.String()
}

func TestParsePool(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(
		`connections{state="acquired"} 0`, `connections{state="acquired"} 7`,
		"acquire_waits_total 0", "acquire_waits_total 40", "acquire_cancels_total 0", "acquire_cancels_total 2",
	).Replace(poolMetrics(t))
	got, err := parsePool(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(poolFigures{acquired: 7, limit: 7, waits: 42}, got, cmp.AllowUnexported(poolFigures{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := parsePool("go_goroutines 12\n"); err == nil {
		t.Error("metrics without a pool were read as those of a pool")
	}
}

func TestCrowd(t *testing.T) {
	t.Parallel()
	answers := map[string]struct {
		status int
		body   string
	}{
		http.MethodGet:  {http.StatusServiceUnavailable, ""},
		http.MethodPost: {http.StatusNotFound, ""},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers[r.Method].status)
		_, _ = w.Write([]byte(answers[r.Method].body))
	}))
	defer server.Close()
	var c Crowd
	c.ask(t.Context(), server.Listener.Addr().String())
	want := map[int]int{http.StatusServiceUnavailable: crowdSize * 2 / 3, http.StatusNotFound: crowdSize / 3}
	if diff := cmp.Diff(want, c.Answers()); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if wrong := c.Wrong(); wrong != nil {
		t.Errorf("documented answers are found wrong: %v", wrong)
	}
}

func TestCrowdFindsWrongAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "oh", http.StatusInternalServerError)
	}))
	defer server.Close()
	var c Crowd
	c.ask(t.Context(), server.Listener.Addr().String())
	wrong := c.Wrong()
	if len(wrong) != 1 || len(wrong[0].Rows) != crowdSize || !strings.Contains(wrong[0].Rows[0], "500 oh") {
		t.Errorf("found %v, want %d answers with 500", wrong, crowdSize)
	}
}
