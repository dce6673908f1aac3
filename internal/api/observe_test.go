package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/api"
)

// observer counts what it is told.
type observer struct {
	mu   sync.Mutex
	told map[string]int
}

func (o *observer) add(what string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told == nil {
		o.told = map[string]int{}
	}
	o.told[what]++
}

func (o *observer) Answered(route, method string, status int, took time.Duration) {
	if took <= 0 {
		o.add("no time")
	}
	o.add(fmt.Sprint(method, " ", route, " ", status))
}

func (o *observer) Enqueued(coalesced bool) { o.add(fmt.Sprint("coalesced ", coalesced)) }

// copied is what it was told until now.
func (o *observer) copied() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.told)
}

func TestTheObserverIsTold(t *testing.T) {
	t.Parallel()
	o := &observer{}
	b := setup(t, func(d *api.Deps) { d.Observer = o })
	b.get("/api/v1/sources").want(http.StatusOK)
	b.get(jobsPath + "/1").want(http.StatusBadRequest)
	b.get("/wp-login.php").want(http.StatusNotFound)
	b.call(http.MethodDelete, "/api/v1/sources", "").want(http.StatusMethodNotAllowed)
	b.post(syncPath, `{"source":"gitlab"}`, "Idempotency-Key", "k").want(http.StatusAccepted)
	b.post(syncPath, `{"source":"gitlab"}`, "Idempotency-Key", "k").want(http.StatusAccepted)
	b.post(syncPath, "").want(http.StatusAccepted)
	want := map[string]int{
		"GET /api/v1/sources 200": 1, "GET /api/v1/sync/jobs/:id 400": 1, "GET none 404": 1, "DELETE /api/v1/sources 405": 1,
		"POST /api/v1/sync/projects 202": 3,
		"coalesced false":                2, // gitlab at first, files with the last; the repeat of a key is none
		"coalesced true":                 1, // gitlab with the last
	}
	var diff string
	defer func() {
		if t.Failed() {
			t.Logf("the observer was told (-want +got):\n%s", diff)
		}
	}()
	waitFor(t, "the observer to be told", func() bool {
		diff = cmp.Diff(want, o.copied())
		return diff == ""
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	b := setup(t, func(d *api.Deps) { d.Tokens = []api.Token{{Name: "ci", Secret: "secret", Role: api.Operator}} })
	if a := b.get("/metrics").want(http.StatusOK); string(a.body) != "metric 1\n" {
		t.Errorf("answer: %s", a.body)
	}
	b.call(http.MethodHead, "/metrics", "").want(http.StatusOK)
}
