package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/health"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	b := setup(t, func(d *api.Deps) {
		d.Checks = append(d.Checks, health.Check{Name: "the moon is full", Run: func(context.Context) error {
			if broken.Load() {
				return errors.New("inner reason")
			}
			return nil
		}})
	})
	b.get("/livez").want(http.StatusOK)
	b.get("/readyz").want(http.StatusOK)
	broken.Store(true)
	if code := b.get("/readyz").want(http.StatusServiceUnavailable).code(); code != "not_ready" {
		t.Errorf("code %q", code)
	}
	broken.Store(false)
	b.server.Drain()
	b.server.Drain() // again is harmless
	b.get("/readyz").want(http.StatusServiceUnavailable)
	b.get("/livez").want(http.StatusOK)
}

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	a := setup(t).get("/openapi.yaml").want(http.StatusOK)
	if got := a.header.Get("Content-Type"); got != "application/yaml" {
		t.Errorf("Content-Type %q", got)
	}
	if string(a.body[:8]) != "openapi:" {
		t.Errorf("not the document: %.40s", a.body)
	}
}

// A drain refuses new work and answers what is under way.
func TestServeDrains(t *testing.T) {
	t.Parallel()
	q := blockingQueue{begun: make(chan struct{}), go_: make(chan struct{}), err: make(chan error, 1)}
	b := setup(t, func(d *api.Deps) { q.Queue = d.Queue; d.Queue = q })
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- b.server.Serve(ctx, listener, api.Timeouts{
			Read: time.Minute, Write: time.Minute, Idle: time.Minute, Notice: 100 * time.Millisecond, Drain: time.Minute,
		}, slog.New(slog.DiscardHandler))
	}()
	status := make(chan int, 1)
	go func() { status <- send(t, http.MethodPost, url+syncPath) }()
	<-q.begun
	stop()
	waitFor(t, "refused connections", func() bool { return send(t, http.MethodGet, url+"/livez") == 0 })
	close(q.go_)
	if got := <-status; got != http.StatusAccepted {
		t.Errorf("the request under way got %d", got)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// The server's time-outs are for clients that dribble, not for polls.
func TestWaitOutlivesTimeouts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := jobsPath + "/" + b.sync("gitlab").ID
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- b.server.Serve(ctx, listener, api.Timeouts{
			Read: 200 * time.Millisecond, Write: 200 * time.Millisecond, Idle: time.Minute, Drain: time.Minute,
		}, slog.New(slog.DiscardHandler))
	}()
	if got := send(t, http.MethodGet, "http://"+listener.Addr().String()+path+"?wait=1s"); got != http.StatusOK {
		t.Errorf("a poll of 1s got %d", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// What is no valid HTTP is answered before the handler is asked, as openapi.yaml
// says: in plain text, and the next connection finds a server.
func TestServeRefusesWhatIsNoHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- b.server.Serve(ctx, listener, api.Timeouts{
			Read: time.Minute, Write: time.Minute, Idle: time.Minute, Drain: time.Minute,
		}, slog.New(slog.DiscardHandler))
	}()
	for request, want := range map[string]int{
		"GET /livez%zz HTTP/1.1\r\nHost: a\r\n\r\n":                                        http.StatusBadRequest,
		"GET /livez HTTP/1.1\r\n\r\n":                                                      http.StatusBadRequest,
		"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n": http.StatusRequestHeaderFieldsTooLarge,
	} {
		response := exchange(t, listener.Addr().String(), request)
		if kind := response.Header.Get("Content-Type"); response.StatusCode != want || !strings.HasPrefix(kind, "text/plain") {
			t.Errorf("%.40q: status %d, Content-Type %q; want %d, text/plain", request, response.StatusCode, kind, want)
		}
	}
	if got := send(t, http.MethodGet, "http://"+listener.Addr().String()+"/livez"); got != http.StatusOK {
		t.Errorf("then /livez got %d", got)
	}
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

// exchange sends bytes on a connection of their own and returns the head of the
// answer.
func exchange(tb testing.TB, address, request string) *http.Response {
	tb.Helper()
	conn, err := new(net.Dialer).DialContext(tb.Context(), "tcp", address)
	if err != nil {
		tb.Fatalf("dial: %v", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, request); err != nil {
		tb.Fatalf("send: %v", err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		tb.Fatalf("read the answer: %v", err)
	}
	_ = response.Body.Close()
	return response
}

// send returns the status, or 0 when there is no answer.
func send(tb testing.TB, method, url string) int {
	tb.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(tb.Context(), method, url, nil)
	if err != nil {
		tb.Errorf("make request: %v", err)
		return 0
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func waitFor(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			tb.Fatalf("no %s in time", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
