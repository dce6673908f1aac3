package stage_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"holdfast/bench/stage"
	"holdfast/internal/sampleforge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestClient(t *testing.T) {
	t.Parallel()
	address, err := stage.Serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("ETag", r.Header.Get("If-None-Match"))
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(r.Method + " " + r.URL.String() + " " + r.Header.Get("Content-Type") + " " + string(body)))
	}))
	if err != nil {
		t.Fatal(err)
	}
	client, err := stage.Dial(t.Context(), strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	// The second request goes over the same connection, and so do those whose
	// answers are long enough to come in chunks.
	for range 2 {
		for _, body := range []string{"", "short", strings.Repeat("long", 4000)} {
			status, got, err := client.Do(stage.NewRequest(http.MethodPut, "/c", body))
			want := "PUT /c " + map[bool]string{true: "application/json"}[body != ""] + " " + body
			if err != nil || status != http.StatusAccepted || string(got) != want {
				t.Errorf("%d %v %.40s", status, err, got)
			}
		}
		status, header, body, err := client.DoHeader(stage.NewRequest(http.MethodPost, "/a?b=c", `{}`, `If-None-Match: "x"`))
		if err != nil {
			t.Fatal(err)
		}
		if status != http.StatusAccepted || header.Get("ETag") != `"x"` || string(body) != "POST /a?b=c application/json {}" {
			t.Errorf("%d %v %s", status, header, body)
		}
	}
}

func TestRemembering(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 30})
	remembering := &stage.Remembering{Forge: forge}
	address, err := stage.Serve(t.Context(), remembering)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/v4/projects?order_by=id&sort=asc&per_page=20&page=1"
	first := get(t, address+path)
	if again := get(t, address+path); again != first || !strings.Contains(first, `"path_with_namespace"`) {
		t.Errorf("the second answer is another one, or no listing: %.200s", again)
	}
	if asked := forge.Counts().Requests; asked != 1 {
		t.Errorf("the forge was asked %d times, want once", asked)
	}
	if err := remembering.Change(10, 7); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(get(t, address+path), "changed, version 7"); n != 2 {
		t.Errorf("%d of 20 projects have changed, want each tenth", n)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", response.StatusCode, err)
	}
	return string(body)
}
