package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/internal/api"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultClient.CloseIdleConnections()
		_ = code
	}))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
		part string
	}{
		"help":            {[]string{"help"}, 0, "Exit codes"},
		"-h":              {[]string{"-h"}, 0, "Exit codes"},
		"--help":          {[]string{"--help"}, 0, "Exit codes"},
		"version":         {[]string{"version"}, 0, "holdfast development"},
		"nothing":         {nil, 2, "no command given"},
		"unknown command": {[]string{"snyc"}, 2, `unknown command "snyc"`},
		"unknown flag":    {[]string{"status", jobID, "--wacht"}, 2, "flag provided but not defined"},
		"flag of another": {[]string{"sources", "--watch"}, 2, "usage: holdfast sources"},
		"no job":          {[]string{"status"}, 2, "status needs JOB"},
		"bad number":      {[]string{"jobs", "--limit", "x"}, 2, `invalid value "x"`},
		"too many":        {[]string{"status", "a", "b"}, 2, `unexpected argument "b"`},
		"empty job":       {[]string{"status", ""}, 2, "argument 1 of status is empty"},
		"empty source":    {[]string{"sync", "a", ""}, 2, "argument 2 of sync is empty"},
		"no limit":        {[]string{"jobs", "--limit", "0"}, 2, "--limit must be at least 1"},
		"bad URL":         {[]string{"--url", "localhost:8001", "sources"}, 2, "should look like http://localhost:8001"},
		"bad decision":    {[]string{"deletions", jobID, "maybe"}, 2, "neither approve nor discard"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holdfast(t.Context(), t, "", test.args...).want(test.code, test.part)
		})
	}
}

// Help that was asked for is the output, and so can be paged and searched; it is
// about the command alone.
func TestHelpIsOutput(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}} {
		if r := holdfast(t.Context(), t, "", args...).want(0); r.stderr != "" || !strings.HasPrefix(r.stdout, "usage: holdfast") {
			t.Errorf("%v: stdout %q, stderr %q", args, r.stdout, r.stderr)
		}
	}
	r := holdfast(t.Context(), t, "", "jobs", "--help").want(0, "usage: holdfast jobs", "newest first", "--status STATUS", "cancelled")
	if r.stderr != "" || strings.Contains(r.stdout, "watch") || strings.Contains(r.stdout, "Exit codes") {
		t.Errorf("stdout %q, stderr %q", r.stdout, r.stderr)
	}
	holdfast(t.Context(), t, "", "status", "--help").want(0, "print what the API answers; while watching, a line for each change")
}

func TestSync(t *testing.T) {
	t.Parallel()
	f := newFake()
	url := f.serve(t)
	holdfast(t.Context(), t, url, "sync").want(0, jobID, "gitlab", "queued")
	holdfast(t.Context(), t, url, "sync", "gitlab", "--key", "k1").want(0, jobID)
	holdfast(t.Context(), t, url, "retry", jobID, "--key", "k2").want(0, jobID)
	if len(f.requests) != 3 || f.requests[0].IdempotencyKey == "" || f.requests[1].IdempotencyKey != "k1" || f.requests[2].IdempotencyKey != "k2" {
		t.Errorf("requests: %+v", f.requests)
	}
	holdfast(t.Context(), t, url, "sync", "gitlba").want(4, "Configured sources: gitlab", "unknown_source")
	holdfast(t.Context(), t, url, "cancel", jobID).want(0, "cancelled")
}

// A POST whose answer was lost is repeated with the same key.
func TestSyncIsRepeated(t *testing.T) {
	t.Parallel()
	f := newFake()
	server := api.New(f.deps(nil))
	posts := 0
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if posts++; posts == 1 {
				server.ServeHTTP(httptest.NewRecorder(), r) // it arrives, but its answer does not
				panic(http.ErrAbortHandler)
			}
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	holdfast(t.Context(), t, proxy.URL, "sync").want(0, jobID, "trying again")
	if len(f.requests) != 2 || f.requests[0].IdempotencyKey != f.requests[1].IdempotencyKey {
		t.Errorf("requests: %+v", f.requests)
	}
}

// steps lets a job run to its end, one step a read.
func steps(reads int, j *project.Job) {
	at := j.CreatedAt.Add(time.Duration(reads) * time.Second)
	j.StartedAt, j.HeartbeatAt = &j.CreatedAt, &at
	j.Status, j.Progress = project.Running, project.Progress{Partitions: 2, Seen: int64(reads) * 1000, Total: new(int64(4000))}
	switch {
	case reads == 3:
		j.Status, j.WaitingReason = project.Waiting, new(project.RateLimited)
	case reads >= 5:
		j.Status, j.WaitingReason, j.FinishedAt = project.Succeeded, nil, &at
		j.Counts = project.Counts{Created: 3990, Unchanged: 10, Duplicates: 2}
		j.Receipt = &project.Receipt{Verified: true, RowsSeen: 4000, RowsFound: 4000, LiveRows: 4000, ReadAt: at}
	default:
		j.WaitingReason = nil
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.onRead = steps
	holdfast(t.Context(), t, f.serve(t), "status", jobID, "--watch").want(0,
		"gitlab  running  1,000 of 4,000", "the source asked to wait", "succeeded in 5s",
		"3,990 created, 10 unchanged", "2 duplicates", "verified: 4,000 of 4,000 rows")
}

func TestWatchJSON(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.onRead = steps
	r := holdfast(t.Context(), t, f.serve(t), "sync", "gitlab", "--watch", "--json").want(0)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	var last openapi.Job
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Status != openapi.JobStatusSucceeded || len(lines) < 3 {
		t.Errorf("lines: %v\n%s", err, r.stdout)
	}
}

func TestSummaryInWords(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		project.Incremental: "asked only for what changed", project.EmptyListing: "it was empty",
		project.TotalMoved: "different totals", project.TotalDisagrees: "another total than it listed",
		project.UnidentifiedRecords: "a record has no id", "page_missing": "absent: page_missing",
	} {
		f := newFake()
		f.job.Status, f.job.FinishedAt = project.Succeeded, &f.job.CreatedAt
		f.job.ListingComplete, f.job.IncompleteReason = new(false), &reason
		f.job.Counts = project.Counts{Duplicates: 1, Quarantined: 1}
		holdfast(t.Context(), t, f.serve(t), "status", jobID).want(0, want, "1 duplicate, 1 quarantined")
	}
}

func TestWatchFailedJob(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.onRead = func(_ int, j *project.Job) {
		j.Status, j.FinishedAt = project.Failed, &j.CreatedAt
		j.ListingComplete, j.IncompleteReason, j.Held = new(false), new("a page was missing"), 7
		j.Error = &project.JobError{Code: "unauthorized", Message: "check\nthe \x1b[2Jtoken", At: j.CreatedAt}
	}
	r := holdfast(t.Context(), t, f.serve(t), "status", jobID, "--watch").want(1,
		"check the  [2Jtoken (unauthorized)", "holdfast events "+jobID, "a page was missing", "7 deletions wait for you")
	if strings.ContainsRune(r.stdout, '\x1b') {
		t.Errorf("a service's words moved the cursor: %q", r.stdout)
	}
}

// A watched job survives a restart of the API on the same address.
func TestWatchOverRestart(t *testing.T) {
	t.Parallel()
	f := newFake()
	deps := f.deps(nil)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	first := &http.Server{Handler: api.New(deps), ReadHeaderTimeout: time.Minute}
	second := &http.Server{Handler: api.New(deps), ReadHeaderTimeout: time.Minute}
	go func() { _ = first.Serve(listener) }()
	down := make(chan struct{})
	f.onRead = func(reads int, j *project.Job) {
		if reads == 2 { // the first long poll is waiting
			close(down)
		}
		if reads > 3 {
			j.Status, j.FinishedAt = project.Succeeded, &j.CreatedAt
		}
	}
	notes := &signalled{written: make(chan struct{})}
	var out bytes.Buffer
	code := make(chan int, 1)
	go func() {
		args := []string{"--url", "http://" + address, "status", jobID, "--watch"}
		code <- run(t.Context(), args, func(string) string { return "" }, &out, notes)
	}()
	<-down
	_ = first.Close()
	<-notes.written // it has tried, in vain
	again, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = second.Serve(again) }()
	t.Cleanup(func() { _ = second.Close() })
	if got := <-code; got != 0 || !strings.Contains(out.String(), "succeeded") {
		t.Errorf("exit code %d\n%s", got, out.String())
	}
}

// A poll after an outage is answered at once and its answer is shown, although
// the job is what it was.
func TestWatchAfterAnOutage(t *testing.T) {
	t.Parallel()
	f := newFake()
	server := api.New(f.deps(nil))
	var polls []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		polls = append(polls, r.URL.Query().Get("wait"))
		switch len(polls) {
		case 2:
			http.Error(w, "restarting", http.StatusServiceUnavailable)
			return
		case 4:
			f.mu.Lock()
			f.job.Status, f.job.FinishedAt = project.Succeeded, &f.job.CreatedAt
			f.mu.Unlock()
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	r := holdfast(t.Context(), t, proxy.URL, "status", jobID, "--watch").want(0, "trying again", "succeeded")
	if diff := cmp.Diff([]string{"", wait, "", wait}, polls); diff != "" {
		t.Errorf("how long each poll may be held back (-want +got):\n%s", diff)
	}
	if got := strings.Count(r.stdout, "gitlab  queued\n"); got != 2 {
		t.Errorf("the job is shown %d times, want once more after the outage:\n%s", got, r.stdout)
	}
}

// signalled tells when something is written to it.
type signalled struct {
	once    sync.Once
	written chan struct{}
}

func (s *signalled) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.written) })
	return len(p), nil
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	f := newFake()
	ctx, interrupt := context.WithCancel(t.Context())
	f.onRead = func(reads int, _ *project.Job) {
		if reads == 2 {
			interrupt()
		}
	}
	holdfast(ctx, t, f.serve(t), "status", jobID, "--watch").want(130)
}

func TestNoAPI(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	_ = listener.Close()
	holdfast(t.Context(), t, url, "sources").want(3, "no answer from "+url, "is holdfast-api running there")
	holdfast(t.Context(), t, url, "status", jobID, "--watch").want(3, "no answer")

	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }))
	t.Cleanup(other.Close)
	holdfast(t.Context(), t, other.URL, "sources").want(4, "not from Holdfast")
	broken := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(broken.Close)
	holdfast(t.Context(), t, broken.URL, "sources").want(4, "not from Holdfast")
}

// answering serves one answer to everything and returns its address.
func answering(tb testing.TB, answer http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(answer)
	tb.Cleanup(server.Close)
	return server.URL
}

// An answer that is cut off is asked for again, like one that never came.
func TestAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	f := newFake()
	server := api.New(f.deps(nil))
	posts := 0
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if posts++; posts > 1 {
			server.ServeHTTP(w, r)
			return
		}
		whole := httptest.NewRecorder()
		server.ServeHTTP(whole, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	})
	holdfast(t.Context(), t, url, "sync").want(0, jobID, "trying again")
	if len(f.requests) != 2 || f.requests[0].IdempotencyKey != f.requests[1].IdempotencyKey {
		t.Errorf("requests: %+v", f.requests)
	}
	posts = 0
	if r := holdfast(t.Context(), t, url, "jobs").want(3, "no answer from "+url, "unexpected EOF"); r.stdout != "" {
		t.Errorf("stdout %q", r.stdout)
	}
}

// What some other server answers is never taken for Holdfast's.
func TestAnswerOfAnother(t *testing.T) {
	t.Parallel()
	calls := [][]string{
		{"sync"}, {"status", jobID}, {"status", jobID, "--watch"}, {"jobs"}, {"events", jobID}, {"cancel", jobID}, {"retry", jobID},
		{"sources"}, {"check", "gitlab"}, {"projects"}, {"deletions", jobID}, {"deletions", jobID, "approve"}, {"deletions", jobID, "discard"},
	}
	for _, body := range []string{`{"ok":true}`, `{"jobs":[`, `[]`, `{"created_at":"today"}`, `{"jobs":[{}],"plan":{}}`} {
		for _, status := range []int{http.StatusOK, http.StatusAccepted} {
			url := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				fmt.Fprint(w, body)
			})
			for _, call := range calls {
				if body == `{"jobs":[{}],"plan":{}}` && call[0] == "jobs" {
					continue // a list's elements are not looked at
				}
				t.Run(fmt.Sprint(call, status, body), func(t *testing.T) {
					t.Parallel()
					if r := holdfast(t.Context(), t, url, call...).want(4, "not from Holdfast; check --url"); r.stdout != "" {
						t.Errorf("stdout %q", r.stdout)
					}
				})
			}
		}
	}
}

// A redirect is told, not followed: a POST would become a GET.
func TestRedirect(t *testing.T) {
	t.Parallel()
	f := newFake()
	var methods []string
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		methods = append(methods, r.Method)
		http.Redirect(w, r, "https://holdfast.example/base"+r.URL.Path+"?page_size=50", http.StatusMovedPermanently)
	})
	for _, call := range [][]string{{"sync"}, {"cancel", jobID}, {"jobs"}, {"status", jobID, "--watch"}} {
		holdfast(t.Context(), t, url, call...).want(4, url+" redirects to https://holdfast.example/base; set --url to that")
	}
	if diff := cmp.Diff([]string{"POST", "POST", "GET", "GET"}, methods); diff != "" || len(f.requests) != 0 {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	signIn := answering(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://login.example/start?back=holdfast", http.StatusFound)
	})
	holdfast(t.Context(), t, signIn, "sync").want(4, "redirects to https://login.example/start, which is not Holdfast's; check --url")
	nowhere := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) })
	holdfast(t.Context(), t, nowhere, "sync").want(4, "the answer was 302, and not from Holdfast")
}

// A token that no request can carry is a wrong call; a password in a URL is
// never shown.
func TestSecrets(t *testing.T) {
	t.Parallel()
	f := newFake()
	url := f.serve(t, api.Token{Name: "a", Secret: "t0ken", Role: api.Operator})
	for text, code := range map[string]int{`"t0ken\n"`: 0, `" t0ken\r\n"`: 0, `"t0\nken"`: 2, `"t0ken\x00"`: 2} {
		token, err := strconv.Unquote(text)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		env := map[string]string{"HOLDFAST_URL": url, "HOLDFAST_TOKEN": token}
		if got := run(t.Context(), []string{"jobs"}, func(name string) string { return env[name] }, &out, &out); got != code ||
			code == 2 && !strings.Contains(out.String(), "$HOLDFAST_TOKEN") {
			t.Errorf("%q: exit code %d, want %d\n%s", token, got, code, out.String())
		}
	}
	for call, code := range map[string]int{"http://u:hush-hush@127.0.0.1:1": 3, "ftp://u:hush-hush@127.0.0.1:1": 2, "http://u:hush-hush@127.0.0.1:%zz": 2} {
		if r := holdfast(t.Context(), t, call, "jobs").want(code); strings.Contains(r.stderr, "hush-hush") {
			t.Errorf("the password shows: %s", r.stderr)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	f := newFake()
	holdfast(t.Context(), t, f.serve(t, api.Token{Name: "a", Secret: "t0ken", Role: api.Reader}), "sync").want(4, "is a reader")
	holdfast(t.Context(), t, f.serve(t, api.Token{Name: "a", Secret: "other", Role: api.Reader}), "jobs").want(4, "api.tokens")
}

func TestLists(t *testing.T) {
	t.Parallel()
	f := newFake()
	for i := range 7 {
		row := project.Row{ID: int64(i + 1), Source: "gitlab", FirstSeenAt: f.job.CreatedAt, LastChangedAt: f.job.CreatedAt}
		row.ExternalID, row.Name, row.FullPath = strconv.Itoa(i), "evil\x1b[31m\nname", fmt.Sprintf("group/p%d", i)
		f.rows = append(f.rows, row)
	}
	f.events = []project.Event{{ID: 1, At: f.job.CreatedAt, Kind: "transient", Code: "bad_gateway", Message: "the service\nanswered 502"}}
	f.state = project.SourceState{Name: "gitlab", LastJob: &f.job, ConfigFailures: 1}
	url := f.serve(t)
	holdfast(t.Context(), t, url, "jobs").want(0, "JOB ", jobID, "queued")
	holdfast(t.Context(), t, url, "events", jobID).want(0, "bad_gateway", "the service answered 502")
	holdfast(t.Context(), t, url, "sources").want(0, "gitlab", "only a person can mend")
	r := holdfast(t.Context(), t, url, "projects").want(0, "group/p0", "group/p6", "evil")
	if strings.ContainsRune(r.stdout, '\x1b') {
		t.Errorf("a name moved the cursor: %q", r.stdout)
	}
	holdfast(t.Context(), t, url, "projects", "--limit", "3").want(0, "group/p2", "… and more")
}

// With --json the output is what the API answers, the token of the next page
// with it, and stderr says that there is more.
func TestJSON(t *testing.T) {
	t.Parallel()
	f := newFake()
	for i := range 1500 {
		row := project.Row{ID: int64(i + 1), Source: "gitlab", FirstSeenAt: f.job.CreatedAt, LastChangedAt: f.job.CreatedAt}
		row.ExternalID = fmt.Sprintf("%04d", i)
		f.rows = append(f.rows, row)
		f.events = append(f.events, project.Event{ID: int64(i + 1), At: f.job.CreatedAt, Code: "bad_gateway"})
	}
	f.plan = &project.DeletionPlan{JobID: jobID, Source: "gitlab", State: project.PlanHeld, Held: 1500, Live: 9000, CreatedAt: f.job.CreatedAt}
	f.state = project.SourceState{Name: "gitlab", LastJob: &f.job}
	url := f.serve(t)
	const job = "/api/v1/sync/jobs/" + jobID
	for _, test := range []struct {
		args, method, path string
		more               bool
	}{
		{"jobs", "GET", "/api/v1/sync/jobs?page_size=50", false},
		{"status " + jobID, "GET", job, false},
		{"sources", "GET", "/api/v1/sources", false},
		{"projects", "GET", "/api/v1/projects?page_size=50", true},
		{"events " + jobID, "GET", job + "/events?page_size=50", true},
		{"deletions " + jobID + " --limit 3", "GET", job + "/deletions?page_size=3", true},
		{"sync", "POST", "/api/v1/sync/projects", false},
		{"retry " + jobID, "POST", job + "/retry", false},
		{"cancel " + jobID, "POST", job + "/cancel", false},
		{"deletions " + jobID + " discard", "POST", job + "/deletions/discard", false},
	} {
		r := holdfast(t.Context(), t, url, append(strings.Fields(test.args), "--json")...).want(0)
		request := httptest.NewRequest(test.method, test.path, http.NoBody)
		answer := httptest.NewRecorder()
		api.New(f.deps(nil)).ServeHTTP(answer, request)
		var got, want any
		if err := errors.Join(json.Unmarshal([]byte(r.stdout), &got), json.Unmarshal(answer.Body.Bytes(), &want)); err != nil {
			t.Errorf("%s: %v", test.args, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-answered +printed):\n%s", test.args, diff)
		}
		if token := strings.Contains(r.stdout, `"next_page_token": "`); token != test.more || (r.stderr == more) != test.more {
			t.Errorf("%s: there is more: %v; a token: %v; stderr %q", test.args, test.more, token, r.stderr)
		}
	}
	var list openapi.ProjectList
	r := holdfast(t.Context(), t, url, "projects", "--json", "--limit", "2000").want(0)
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list.Projects) != 1500 || list.NextPageToken != nil || r.stderr != "" {
		t.Errorf("%v, %d rows, token %v, stderr %q", err, len(list.Projects), list.NextPageToken, r.stderr)
	}
}

// Output that cannot be written is an error, and none of the API's.
func TestOutputCannotBeWritten(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.plan = &project.DeletionPlan{JobID: jobID, Source: "gitlab", State: project.PlanHeld, Held: 2, Live: 9, CreatedAt: f.job.CreatedAt}
	url := f.serve(t)
	for _, call := range []string{
		"help", "version", "sync", "retry " + jobID, "cancel " + jobID, "status " + jobID, "jobs", "sources", "jobs --json", "sync --json",
		"deletions " + jobID, "deletions " + jobID + " discard", "deletions " + jobID + " approve",
	} {
		var stderr bytes.Buffer
		args := append([]string{"--url", url}, strings.Fields(call)...)
		if code := run(t.Context(), args, func(string) string { return "" }, full{}, &stderr); code != 1 || stderr.String() != "holdfast: no space left\n" {
			t.Errorf("%s: exit code %d, want 1; stderr %q", call, code, stderr.String())
		}
	}
}

// full is a writer like /dev/full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestDeletions(t *testing.T) {
	t.Parallel()
	f := newFake()
	url := f.serve(t)
	holdfast(t.Context(), t, url, "deletions", jobID).want(4, "held no deletions back")
	f.plan = &project.DeletionPlan{JobID: jobID, Source: "gitlab", State: project.PlanHeld, Held: 1200, Live: 9000, CreatedAt: f.job.CreatedAt}
	holdfast(t.Context(), t, url, "deletions", jobID).want(0, "held: 1,200 of 9,000 live rows", "approve")
	holdfast(t.Context(), t, url, "deletions", jobID, "approve").want(0, "1,199 of 1,200 rows of gitlab got a tombstone")
	f.plan.State = project.PlanHeld
	holdfast(t.Context(), t, url, "deletions", jobID, "discard").want(0, "the 1,200 rows of gitlab stay")
}

func TestRefusalText(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.err = errors.New("inner reason")
	r := holdfast(t.Context(), t, f.serve(t), "cancel", jobID).want(4, "internal", "request ")
	if strings.Contains(r.stderr, "inner reason") {
		t.Error("the inside shows")
	}
}
