package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noEnv(string) string { return "" }

// lines hands on what is logged, line by line.
type lines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	out    chan string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buffer.Write(p)
	for {
		line, err := l.buffer.ReadString('\n')
		if err != nil {
			l.buffer.WriteString(line)
			return len(p), nil
		}
		l.out <- line
	}
}

func TestServesUntilToldToStop(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	log := &lines{out: make(chan string, 10)}
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-projects", "12"}, noEnv, log)
	}()
	var up struct {
		Msg      string `json:"msg"`
		URL      string `json:"url"`
		Projects int    `json:"projects"`
	}
	if err := json.Unmarshal([]byte(<-log.out), &up); err != nil || up.Msg != "sample forge is up" || up.Projects != 12 {
		t.Fatalf("first line: %+v, %v", up, err)
	}
	if body := fetch(t, up.URL+"/-/sample/count"); !strings.Contains(body, `"projects":12`) {
		t.Errorf("count: %s", body)
	}
	// A request that hangs on purpose does not hold up the end.
	post(t, up.URL+"/-/sample/faults", `{"kind":"hang"}`)
	hanging := make(chan struct{})
	go func() {
		defer close(hanging)
		_, _ = client().Get(up.URL + "/api/v4/projects") // it never gets an answer
	}()
	for !strings.Contains(fetch(t, up.URL+"/-/sample/counts"), `"requests":1`) {
		runtime.Gosched()
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	<-hanging
	if len(log.out) != 0 {
		t.Errorf("more was logged: %s", <-log.out)
	}
}

// client uses each connection once. One that is kept may be dialled and never
// used, and the end of a server waits five seconds for what such a one will say.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	return send(t, http.MethodGet, url, "")
}

func post(t *testing.T, url, body string) {
	t.Helper()
	send(t, http.MethodPost, url, body)
}

func send(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", url, response.StatusCode, text, err)
	}
	return string(text)
}

func TestFlagsBeatTheEnvironment(t *testing.T) {
	t.Parallel()
	env := map[string]string{"SAMPLEFORGE_PAGE_LATENCY": "20ms", "SAMPLEFORGE_PROJECTS": "7", "SAMPLEFORGE_RATE_LIMIT": "5/1s"}
	cfg, err := parse([]string{"--projects", "9"}, func(name string) string { return env[name] }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v %v %v %v", cfg.listen, cfg.opts.Projects, cfg.opts.PageLatency, cfg.opts.RateLimit)
	if want := "127.0.0.1:8002 9 20ms {5 1s}"; got != want {
		t.Errorf("config: %s, want %s", got, want)
	}
}

func TestBadFlagsSayWhatToWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		env  string
		says string
	}{
		{[]string{"-projects", "-1"}, "", "from 0 to 100000000"},
		{[]string{"-projects", "many"}, "", "invalid value"},
		{[]string{"-first-id", "-5"}, "", "from 0 to 2^62"},
		{[]string{"-rate-limit", "fast"}, "", "600/1m"},
		{[]string{"-listen", "nowhere"}, "", "-listen"},
		{[]string{"4000"}, "", "takes flags only"},
		{nil, "x", "SAMPLEFORGE_PROJECTS"},
	} {
		getenv := func(name string) string {
			if name == "SAMPLEFORGE_PROJECTS" {
				return test.env
			}
			return ""
		}
		err := run(t.Context(), test.args, getenv, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: %v, want %q in it", test.args, err, test.says)
		}
	}
	var help strings.Builder
	if err := run(t.Context(), []string{"-help"}, noEnv, &help); err != nil || !strings.Contains(help.String(), "-page-latency") {
		t.Errorf("help: %v %s", err, &help)
	}
}
