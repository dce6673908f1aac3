package api_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"holdfast/internal/api"
	"holdfast/internal/project"
)

// The tests of this file run in bubbles, where time passes only while everybody
// waits: what is real there, the database and the network, stays outside.

// clockedJobs has one job, which moves on when a test says so, and a queue that
// takes its time.
type clockedJobs struct {
	api.JobReader
	api.Queue

	seen, reads atomic.Int64
	// cancelTakes is how long the cancel of a job takes.
	cancelTakes time.Duration
}

func (j *clockedJobs) Job(_ context.Context, id string) (project.Job, error) {
	j.reads.Add(1)
	return project.Job{
		ID: id, Kind: "sync_projects", Source: "gitlab", Status: project.Running, Mode: project.ModeFull,
		Trigger: project.TriggerAPI, Progress: project.Progress{Seen: j.seen.Load()},
	}, nil
}

func (j *clockedJobs) Cancel(context.Context, string) error {
	<-time.After(j.cancelTakes)
	return nil
}

// newClocked makes a server in a bubble, and the path of its job.
func newClocked() (*api.Server, *clockedJobs, string) {
	j := &clockedJobs{}
	return api.New(api.Deps{Jobs: j, Queue: j, Log: slog.New(slog.DiscardHandler)}), j, jobsPath + "/" + uuid.NewString()
}

// asked sends a request without a network, and returns its answer and how long it took.
func asked(ctx context.Context, server *api.Server, path string) (*httptest.ResponseRecorder, time.Duration) {
	begun := time.Now()
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	return recorder, time.Since(begun)
}

func TestALongPollLastsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, jobs, path := newClocked()
		answer, took := asked(t.Context(), server, path+"?wait=25s")
		if answer.Code != http.StatusOK || took != 25*time.Second {
			t.Errorf("answered %d after %s, want 200 after 25s", answer.Code, took)
		}
		// More often it would be a load, less often a client would wait for what is there.
		if reads := jobs.reads.Load(); reads < 25 || reads > 25*4 {
			t.Errorf("the job was read %d times in 25 s, want about three times a second", reads)
		}
	})
}

func TestALongPollTellsOfAChangeAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, jobs, path := newClocked()
		time.AfterFunc(10100*time.Millisecond, func() { jobs.seen.Add(1) })
		answer, took := asked(t.Context(), server, path+"?wait=60s")
		if answer.Code != http.StatusOK || took < 10*time.Second || took > 10500*time.Millisecond {
			t.Errorf("answered %d after %s, want 200 within half a second of the change at 10.1s", answer.Code, took)
		}
	})
}

func TestALongPollEndsWhenNobodyListens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, jobs, path := newClocked()
		ctx, leave := context.WithTimeout(t.Context(), 5*time.Second)
		defer leave()
		if _, took := asked(ctx, server, path+"?wait=60s"); took != 5*time.Second {
			t.Errorf("the poll ended %s after the client came, who stayed for 5s", took)
		}
		reads := jobs.reads.Load()
		<-time.After(time.Minute)
		if more := jobs.reads.Load() - reads; more != 0 {
			t.Errorf("the job was read %d times for nobody", more)
		}
	})
}

// pipes is a network within a bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "bubble", Net: "pipe"} }

var errRefused = errors.New("connection refused")

// do sends a request over a connection of its own and returns the answer's
// status, or 0 and why there is none.
func (p *pipes) do(ctx context.Context, method, path string) (int, error) {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		select {
		case p.conns <- far:
			return near, nil
		case <-p.closed:
			return nil, errRefused
		}
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, method, "http://holdfast"+path, nil)
	if err != nil {
		return 0, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// outcome is what a request came to, and when.
type outcome struct {
	status int
	err    error
	at     time.Duration
}

// drained is a server that is told to stop at the moment of its start.
type drained struct {
	net   *pipes
	path  string
	begun time.Time
	end   chan outcome
}

const (
	testNotice = 5 * time.Second
	testDrain  = 20 * time.Second
)

// drain serves, sends the given requests, and a second later drains.
func drain(t *testing.T, cancelTakes time.Duration, requests ...string) (*drained, []<-chan outcome) {
	t.Helper()
	server, jobs, path := newClocked()
	jobs.cancelTakes = cancelTakes
	d := &drained{net: newPipes(), path: path, end: make(chan outcome, 1)}
	ctx, stop := context.WithCancel(t.Context())
	d.begun = time.Now().Add(time.Second)
	time.AfterFunc(time.Second, stop)
	go func() {
		err := server.Serve(ctx, d.net, api.Timeouts{
			Read: time.Hour, Write: time.Hour, Idle: time.Hour, Notice: testNotice, Drain: testDrain,
		}, slog.New(slog.DiscardHandler))
		d.end <- outcome{err: err, at: time.Since(d.begun)}
	}()
	var outcomes []<-chan outcome
	for _, suffix := range requests {
		method := http.MethodGet
		if suffix == "/cancel" {
			method = http.MethodPost
		}
		outcomes = append(outcomes, d.ask(t, method, path+suffix))
	}
	return d, outcomes
}

// ask sends a request in the background.
func (d *drained) ask(t *testing.T, method, path string) <-chan outcome {
	t.Helper()
	done := make(chan outcome, 1)
	go func() {
		status, err := d.net.do(t.Context(), method, path)
		done <- outcome{status: status, err: err, at: time.Since(d.begun)}
	}()
	return done
}

// until waits for a moment after the drain began.
func (d *drained) until(after time.Duration) { <-time.After(after - time.Since(d.begun)) }

func TestADrainEndsLongPollsAndGivesNotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, asked := drain(t, 0, "?wait=60s", "?wait=60s")
		for _, poll := range asked {
			if got := <-poll; got.status != http.StatusOK || got.at != 0 {
				t.Errorf("a long poll got %d (%v) %s after the drain began, want 200 at once", got.status, got.err, got.at)
			}
		}
		d.until(testNotice - time.Second)
		if got := <-d.ask(t, http.MethodGet, "/readyz"); got.status != http.StatusServiceUnavailable {
			t.Errorf("/readyz while it drains: %d, %v", got.status, got.err)
		}
		if got := <-d.ask(t, http.MethodGet, d.path); got.status != http.StatusOK {
			t.Errorf("a request before the notice is over: %d, %v", got.status, got.err)
		}
		if got := <-d.ask(t, http.MethodGet, d.path+"?wait=60s"); got.status != http.StatusOK || got.at > testNotice {
			t.Errorf("a long poll that comes while it drains: %d after %s, %v", got.status, got.at, got.err)
		}
		d.until(testNotice + time.Second)
		if got := <-d.ask(t, http.MethodGet, d.path); !errors.Is(got.err, errRefused) {
			t.Errorf("a request after the notice: %d, %v, want it refused", got.status, got.err)
		}
		if got := <-d.end; got.err != nil || got.at < testNotice || got.at > testNotice+time.Second {
			t.Errorf("the server ended %s after the drain began: %v", got.at, got.err)
		}
	})
}

func TestADrainAnswersWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const takes = testNotice + testDrain/2
		d, asked := drain(t, takes, "/cancel")
		if got := <-asked[0]; got.status != http.StatusAccepted {
			t.Errorf("a request of %s got %d, %v", takes, got.status, got.err)
		}
		if got := <-d.end; got.err != nil || got.at > takes+time.Second {
			t.Errorf("the server ended %s after the drain began: %v", got.at, got.err)
		}
	})
}

func TestADrainCutsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, asked := drain(t, time.Hour, "/cancel")
		got := <-d.end
		if got.err == nil || got.err.Error() != "requests still under way after 20s were cut" || got.at != testNotice+testDrain {
			t.Errorf("the server ended %s after the drain began: %v, want it to say that it cut a request", got.at, got.err)
		}
		if got := <-asked[0]; got.err == nil || got.at != testNotice+testDrain {
			t.Errorf("the request got %d after %s: %v, want it cut", got.status, got.at, got.err)
		}
		// The handler itself cannot be cut; the bubble waits for it.
		<-time.After(time.Hour)
	})
}
