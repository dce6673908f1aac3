package api_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/internal/api"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// watchedJobs tells how often a job was read.
type watchedJobs struct {
	api.JobReader

	reads atomic.Int64
	// second is closed at the second read: a long poll is waiting.
	second chan struct{}
}

func (j *watchedJobs) Job(ctx context.Context, id string) (project.Job, error) {
	if j.reads.Add(1) == 2 { //nolint:mnd // the first is the one at arrival
		close(j.second)
	}
	return j.JobReader.Job(ctx, id)
}

func watched() (*watchedJobs, func(*api.Deps)) {
	w := &watchedJobs{second: make(chan struct{})}
	return w, func(d *api.Deps) { w.JobReader = d.Jobs; d.Jobs = w }
}

// poll asks in the background.
func (b *bundle) poll(path string, headers ...string) <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- b.get(path, headers...) }()
	return answers
}

func TestWaitEndsWithChange(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"against the client's version": true, "against the version at arrival": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, watch := watched()
			b := setup(t, watch)
			path := jobsPath + "/" + b.sync("gitlab").ID
			var headers []string
			if known {
				headers = []string{"If-None-Match", b.get(path).header.Get("ETag")}
			}
			begin := time.Now()
			answers := b.poll(path+"?wait=60s", headers...)
			<-w.second
			b.exec("update sync_jobs set status = 'running', started_at = now()")
			got := (<-answers).want(http.StatusOK)
			if status := decode[openapi.Job](got).Status; status != openapi.JobStatusRunning {
				t.Errorf("answered with a %s job", status)
			}
			if took := time.Since(begin); took > 30*time.Second {
				t.Errorf("answered after %s", took)
			}
		})
	}
}

func TestWaitEndsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := jobsPath + "/" + b.sync("gitlab").ID
	begin := time.Now()
	b.get(path+"?wait=60s", "If-None-Match", `"older"`).want(http.StatusOK)
	b.post(path+"/cancel", "").want(http.StatusAccepted)
	tag := b.get(path + "?wait=60s").want(http.StatusOK).header.Get("ETag")
	b.get(path+"?wait=60s", "If-None-Match", tag).want(http.StatusNotModified)
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
}

func TestWaitEndsUnchanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := jobsPath + "/" + b.sync("gitlab").ID
	tag := b.get(path).header.Get("ETag")
	begin := time.Now()
	b.get(path+"?wait=700ms", "If-None-Match", tag).want(http.StatusNotModified)
	b.get(path + "?wait=700ms").want(http.StatusOK)
	if took := time.Since(begin); took < 1400*time.Millisecond {
		t.Errorf("both waits together took only %s", took)
	}
}

func TestWaitEndsWithDrain(t *testing.T) {
	t.Parallel()
	w, watch := watched()
	b := setup(t, watch)
	path := jobsPath + "/" + b.sync("gitlab").ID
	answers := b.poll(path + "?wait=60s")
	<-w.second
	b.server.Drain()
	(<-answers).want(http.StatusOK)
}

// A long poll holds no connection: as many as there are do not keep others out.
func TestWaitHoldsNoConnection(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := jobsPath + "/" + b.sync("gitlab").ID
	var polls []<-chan answer
	for range 3 * int(b.pool.Config().MaxConns) {
		polls = append(polls, b.poll(path+"?wait=2s"))
	}
	b.get(jobsPath).want(http.StatusOK)
	for _, p := range polls {
		(<-p).want(http.StatusOK)
	}
}

// A poll whose client has left stops asking the database.
func TestWaitEndsWithClient(t *testing.T) {
	t.Parallel()
	w, watch := watched()
	b := setup(t, watch)
	path := jobsPath + "/" + b.sync("gitlab").ID
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path+"?wait=60s", nil)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
			_ = response.Body.Close()
		}
	}()
	<-w.second
	leave()
	<-done
	// The server's Close at the end of the test waits for the request; goleak
	// and the test's time-out would tell of one that stays.
}
