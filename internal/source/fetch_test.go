package source_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/internal/source"
)

const token = "glpat-s3cr3t/+x"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a service and returns a client for it.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*source.ClientConfig)) *source.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := source.ClientConfig{
		HTTPOptions: source.HTTPOptions{URL: server.URL},
		Auth:        source.BearerAuth(source.NewSecret(token)),
	}
	for _, c := range change {
		c(&cfg)
	}
	return newClient(t, cfg)
}

func newClient(t *testing.T, cfg source.ClientConfig) *source.Client {
	t.Helper()
	client, err := source.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func answer(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// failure asks once, and returns the error that must come.
func failure(t *testing.T, client *source.Client) *source.Error {
	t.Helper()
	_, err := client.Get(t.Context(), "/list", url.Values{"q": {"1"}})
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		t.Fatalf("got %v, want a source.Error", err)
	}
	if strings.Contains(fmt.Sprintf("%+v %v %s", e, e, e.Sample), token) {
		t.Errorf("the error shows the credential: %+v", e)
	}
	return e
}

func TestGetSendsWhatIsConfigured(t *testing.T) {
	t.Parallel()
	var got *http.Request
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		answer(w, http.StatusOK, "application/json; charset=utf-8", `[1, {"a" : 2}]`)
	}, func(cfg *source.ClientConfig) {
		cfg.URL += "/prefix/"
		cfg.Header = http.Header{"X-Extra": {"yes"}}
	})
	res, err := client.Get(t.Context(), "/api/groups/a%2Fb/projects?x=1", url.Values{"page": {"2"}})
	if err != nil {
		t.Fatal(err)
	}
	elements, err := res.Elements("")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]byte{[]byte("1"), []byte(`{"a" : 2}`)}, elements); diff != "" {
		t.Error(diff)
	}
	if want := "/prefix/api/groups/a%2Fb/projects?x=1&page=2"; got.RequestURI != want {
		t.Errorf("asked for %s, want %s", got.RequestURI, want)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer " + token, "Accept": "application/json", "X-Extra": "yes", "User-Agent": "holdfast/devel",
	} {
		if have := got.Header.Get(name); have != want {
			t.Errorf("%s: %q, want %q", name, have, want)
		}
	}
}

func TestAnswersAreJudged(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	tests := map[string]struct {
		status      int
		contentType string
		header      map[string]string
		body        string
		kind        source.Kind
		code        string
		retryAfter  time.Duration
	}{
		"bad credential":      {status: 401, kind: source.Configuration, code: "unauthorized"},
		"no right":            {status: 403, kind: source.Configuration, code: "forbidden"},
		"not there":           {status: 404, kind: source.Configuration, code: "not_found"},
		"method":              {status: 405, kind: source.Configuration, code: "method_not_allowed"},
		"proxy":               {status: 407, kind: source.Configuration, code: "proxy_auth"},
		"gone":                {status: 410, kind: source.Configuration, code: "gone"},
		"bad parameter":       {status: 400, kind: source.Configuration, code: "bad_request"},
		"request timeout":     {status: 408, kind: source.Transient, code: "server_busy"},
		"server error":        {status: 500, kind: source.Transient, code: "server_error"},
		"gateway":             {status: 502, kind: source.Transient, code: "server_error"},
		"maintenance":         {status: 503, header: map[string]string{"Retry-After": "120"}, kind: source.Transient, code: "server_error", retryAfter: 2 * time.Minute},
		"too many":            {status: 429, contentType: "text/plain", body: "Retry later\n", header: map[string]string{"Retry-After": "30"}, kind: source.RateLimit, code: "rate_limited", retryAfter: 30 * time.Second},
		"too many, silent":    {status: 429, kind: source.RateLimit, code: "rate_limited"},
		"too many, reset":     {status: 429, header: map[string]string{"RateLimit-Reset": "45"}, kind: source.RateLimit, code: "rate_limited", retryAfter: 45 * time.Second},
		"github primary":      {status: 403, header: map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "1", "Date": "x"}, kind: source.RateLimit, code: "rate_limited", retryAfter: time.Second},
		"github secondary":    {status: 403, header: map[string]string{"Retry-After": "60"}, kind: source.RateLimit, code: "rate_limited", retryAfter: time.Minute},
		"quota left":          {status: 403, header: map[string]string{"X-Ratelimit-Remaining": "7"}, kind: source.Configuration, code: "forbidden"},
		"not modified":        {status: 304, kind: source.Contract, code: "unexpected_status"},
		"sign-in page":        {status: 200, contentType: "text/html", body: "<html><form>Please <b>Sign in</b>", kind: source.Configuration, code: "sign_in_page"},
		"html without markup": {status: 200, contentType: "text/html; charset=utf-8", body: "back soon", kind: source.Contract, code: "html"},
		"azure sign-in":       {status: 203, contentType: "text/html", body: "<html>Azure DevOps", kind: source.Configuration, code: "sign_in_page"},
		"html that says json": {status: 200, contentType: jsonType, body: "\n<!doctype html><p>down", kind: source.Contract, code: "html"},
		"maintenance page":    {status: 200, contentType: "text/html", body: "<html>back soon", kind: source.Contract, code: "html"},
		"text":                {status: 200, contentType: "text/plain", body: "[]", kind: source.Contract, code: "content_type"},
		"no type":             {status: 204, kind: source.Contract, code: "content_type"},
		"unasked encoding":    {status: 200, contentType: jsonType, header: map[string]string{"Content-Encoding": "br"}, kind: source.Contract, code: "content_encoding"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range tc.header {
					w.Header().Set(k, v)
				}
				answer(w, tc.status, tc.contentType, tc.body)
			}))
			if got.Kind != tc.kind || got.Code != tc.code || got.RetryAfter != tc.retryAfter {
				t.Errorf("got %s %s %s, want %s %s %s", got.Kind, got.Code, got.RetryAfter, tc.kind, tc.code, tc.retryAfter)
			}
			if tc.status != 304 && got.Sample != tc.body {
				t.Errorf("sample %q, want %q", got.Sample, tc.body)
			}
		})
	}
}

func TestAnswersOfAnotherTypeSayWhatToCheck(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]string{
		"text/html":                 "an HTML page, not JSON; check that url is",
		"Text/Plain; charset=utf-8": `its Content-Type is "text/plain", where one of JSON must be; check that url is`,
		"":                          `its Content-Type is "", where`,
	} {
		got := failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = w.Write([]byte("back soon"))
		}))
		if !strings.Contains(got.Message, want) {
			t.Errorf("%q: got %q, want %q in it", contentType, got.Message, want)
		}
	}
}

func TestTransientFailuresAreTriedAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) {
		case 1:
			w.WriteHeader(http.StatusBadGateway)
		case 2: // a body cut short
			w.Header().Set("Content-Length", "100")
			answer(w, http.StatusOK, "application/json", `[{"id":`)
		default:
			answer(w, http.StatusOK, "application/json", `[]`)
		}
	})
	if _, err := client.Get(t.Context(), "/list", nil); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != 3 {
		t.Errorf("asked %d times, want 3", asked.Load())
	}
}

func TestWhatCannotPassIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 404, 429} {
		var asked atomic.Int32
		failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.WriteHeader(status)
		}))
		if asked.Load() != 1 {
			t.Errorf("status %d: asked %d times, want once", status, asked.Load())
		}
	}
}

func TestTruncatedAndResetConnections(t *testing.T) {
	t.Parallel()
	cut := failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		answer(w, http.StatusOK, "application/json", `[{"id":`)
	}))
	if cut.Kind != source.Transient || cut.Code != "truncated" {
		t.Errorf("truncated: got %s %s", cut.Kind, cut.Code)
	}
	reset := failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = connection.Close()
		}
	}))
	if reset.Kind != source.Transient || reset.Code != "connection_failed" {
		t.Errorf("reset: got %s %s", reset.Kind, reset.Code)
	}
}

func TestUnreachableServices(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	refused := failure(t, newClient(t, source.ClientConfig{HTTPOptions: source.HTTPOptions{URL: "http://" + address}}))
	if refused.Kind != source.Transient || refused.Code != "connection_refused" {
		t.Errorf("refused: got %s %s", refused.Kind, refused.Code)
	}
	unknown := failure(t, newClient(t, source.ClientConfig{HTTPOptions: source.HTTPOptions{URL: "http://forge.invalid"}}))
	// Without any name server the answer is not "there is no such host".
	if unknown.Code != "unknown_host" && unknown.Kind != source.Transient {
		t.Errorf("unknown host: got %s %s", unknown.Kind, unknown.Code)
	}
}

func TestTimeoutIsTransientAndNotRepeated(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	done := make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(w, http.StatusOK, "application/json", `[`)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}, func(cfg *source.ClientConfig) { cfg.Timeout = 50 * time.Millisecond })
	defer close(done)
	if got := failure(t, client); got.Kind != source.Transient || got.Code != "timeout" {
		t.Errorf("got %s %s", got.Kind, got.Code)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times, want once", asked.Load())
	}
}

func TestCancelledContextIsNoSourceError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := client.Get(ctx, "/list", nil)
	if _, ok := errors.AsType[*source.Error](err); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's own error", err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "application/json", `[]`)
	}))
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	options := source.HTTPOptions{URL: server.URL}
	if got := failure(t, newClient(t, source.ClientConfig{HTTPOptions: options})); got.Kind != source.Configuration || got.Code != "bad_tls" {
		t.Errorf("untrusted: got %s %s", got.Kind, got.Code)
	}

	dir := t.TempDir()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), block, 0o600); err != nil {
		t.Fatal(err)
	}
	options.CAFile = "ca.pem"
	if _, err := newClient(t, source.ClientConfig{HTTPOptions: options, Dir: dir}).Get(t.Context(), "/", nil); err != nil {
		t.Errorf("with ca_file: %v", err)
	}
}

func TestPlainHTTPBehindHTTPSAddress(t *testing.T) {
	t.Parallel()
	client := serve(t, func(http.ResponseWriter, *http.Request) {}, func(cfg *source.ClientConfig) {
		cfg.URL = strings.Replace(cfg.URL, "http://", "https://", 1)
	})
	if got := failure(t, client); got.Kind != source.Configuration || got.Code != "bad_tls" {
		t.Errorf("got %s %s", got.Kind, got.Code)
	}
}

func TestRedirectsStayWithinTheOrigin(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the other origin was asked")
	}))
	t.Cleanup(elsewhere.Close)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list":
			http.Redirect(w, r, elsewhere.URL+"/path?private_token="+token, http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/new?x=1", http.StatusMovedPermanently)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		default:
			answer(w, http.StatusOK, "application/json", `["`+r.URL.RawQuery+r.Header.Get("Authorization")+`"]`)
		}
	})
	if got := failure(t, client); got.Kind != source.Configuration || got.Code != "redirected" || !strings.Contains(got.Message, elsewhere.URL) {
		t.Errorf("another origin: got %+v", got)
	}
	res, err := client.Get(t.Context(), "/moved", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := `["x=1Bearer ` + token + `"]`; string(res.Body) != want {
		t.Errorf("within the origin: got %s, want %s", res.Body, want)
	}
	_, err = client.Get(t.Context(), "/circle", nil)
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Code != "redirect_loop" {
		t.Errorf("circle: got %v", err)
	}
	_, err = client.Do(t.Context(), source.Request{Method: http.MethodPost, Ref: "/moved", Body: []byte("{}")})
	if source.KindOf(err) != source.Configuration {
		t.Errorf("a redirected POST: got %v", err)
	}
}

func TestGzipIsLimitedAfterDecompression(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = zip.Write([]byte(`["` + strings.Repeat("a", 1<<20) + `"]`))
	_ = zip.Close()
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		answer(w, http.StatusOK, "application/json", bomb.String())
	}
	if got := failure(t, serve(t, handler, func(cfg *source.ClientConfig) { cfg.MaxBody = 1 << 20 })); got.Code != "body_too_large" {
		t.Errorf("got %s", got.Code)
	}
	res, err := serve(t, handler, func(cfg *source.ClientConfig) { cfg.MaxBody = 1<<20 + 4 }).Get(t.Context(), "/", nil)
	if err != nil || len(res.Body) != 1<<20+4 {
		t.Errorf("a body of exactly the limit: %v", err)
	}
}

func TestSampleIsShortCleanAndRedacted(t *testing.T) {
	t.Parallel()
	body := "\x00\xff" + token + " " + url.QueryEscape(token) + strings.Repeat("é", 600)
	got := failure(t, serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusBadRequest, "text/plain", body)
	}))
	if len(got.Sample) > 512 || len(got.Sample) < 500 || !utf8.ValidString(got.Sample) || strings.Contains(got.Sample, "\x00") {
		t.Errorf("sample of %d bytes: %q", len(got.Sample), got.Sample)
	}
	if strings.Contains(got.Sample, "s3cr3t") {
		t.Errorf("the sample shows the credential: %q", got.Sample)
	}
}

func TestNextAddressMayNotHoldTheCredential(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `<https://inner:3000/list?page=2>; rel="next", <https://inner/list?private_token=`+url.QueryEscape(token)+`>; rel="last"`)
		answer(w, http.StatusOK, "application/json", `[]`)
	})
	res, err := client.Get(t.Context(), "/list", nil)
	if err != nil {
		t.Fatal(err)
	}
	if next, err := res.Next(); err != nil || next != "/list?page=2" {
		t.Errorf("got %q, %v", next, err)
	}
	if _, err := res.Rebase("/list?private_token=" + url.QueryEscape(token)); source.KindOf(err) != source.Contract {
		t.Errorf("got %v, want a contract error", err)
	}
}

func TestPostSendsItsBodyEachTime(t *testing.T) {
	t.Parallel()
	var bodies []string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, r.Header.Get("Content-Type")+string(body))
		if len(bodies) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer(w, http.StatusOK, "application/json", `{}`)
	})
	_, err := client.Do(t.Context(), source.Request{
		Method: http.MethodPost, Ref: "/graphql", Body: []byte(`{"query":""}`),
		Header: http.Header{"content-type": {"application/json"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `application/json{"query":""}`
	if diff := cmp.Diff([]string{want, want}, bodies); diff != "" {
		t.Error(diff)
	}
}
