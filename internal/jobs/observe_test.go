package jobs_test

import (
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// observer counts what it is told.
type observer struct {
	mu   sync.Mutex
	told map[string]int64
}

func (o *observer) add(what string, n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.told == nil {
		o.told = map[string]int64{}
	}
	o.told[what] += n
}

func (o *observer) SliceBegan(name string) { o.add(name+" leases", 1) }

func (o *observer) SliceEnded(name string, end jobs.SliceEnd) {
	o.add(name+" leases", -1)
	o.add(fmt.Sprint(name, " slice ", end), 1)
}

func (o *observer) PagesCommitted(name string, pages []store.PageCounts, took time.Duration) {
	for _, c := range pages {
		o.add(name+" pages", 1)
		o.add(name+" created", c.Created)
		o.add(name+" unchanged", c.Unchanged)
	}
	if took <= 0 {
		o.add(name+" page took no time", 1)
	}
}

func (o *observer) PageNotModified(name string) { o.add(name+" not modified", 1) }

func (o *observer) SourceFailed(name string, kind source.Kind) {
	o.add(fmt.Sprint(name, " failed ", kind), 1)
}

func (o *observer) TookOver(name string) { o.add(name+" takeovers", 1) }

func (o *observer) JobEnded(name string, status project.Status, code string) {
	o.add(fmt.Sprint(name, " job ", status, " ", code), 1)
}

// want waits until the observer was told this: it is told after a commit that
// the test may see first.
func (o *observer) want(t *testing.T, want map[string]int64) {
	t.Helper()
	var diff string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		o.mu.Lock()
		diff = cmp.Diff(want, maps.Clone(o.told))
		o.mu.Unlock()
		if diff == "" {
			return
		}
	}
	t.Errorf("the observer was told (-want +got):\n%s", diff)
}

// observed starts the worker with an observer.
func (b *bundle) observed(t *testing.T, change ...func(*jobs.Config)) *observer {
	t.Helper()
	o := &observer{}
	b.start(t, append(change, func(c *jobs.Config) { c.Observer = o })...)
	return o
}

func TestTheObserverIsToldOfSyncs(t *testing.T) {
	t.Parallel()
	b := setup(t, 25)
	b.source.before = failing(1, 1, &source.Error{Kind: source.Transient, Code: "http_502", Message: "bad gateway"})
	o := b.observed(t)
	b.sync(t)
	b.sync(t)
	o.want(t, map[string]int64{
		"src leases": 0, "src slice failed": 1, "src slice listed": 2, "src failed transient": 1,
		"src pages": 6, "src created": 25, "src unchanged": 25, "src job succeeded ": 2,
	})
}

func TestTheObserverIsToldOfFailures(t *testing.T) {
	t.Parallel()
	b := setup(t, 25)
	b.source.before = failing(0, 1, &source.Error{Kind: source.Configuration, Code: "unauthorized", Message: "make a token"})
	o := b.observed(t)
	until(t, b, "failed", statusOf, b.post(t))
	b.source.set()
	b.source.rows = nil
	until(t, b, "failed", statusOf, b.post(t))
	o.want(t, map[string]int64{
		"src leases": 0, "src slice failed": 1, "src failed configuration": 1, "src failed contract": 3,
		"src job failed unauthorized": 1, "src job failed no_partitions": 1,
	})
}

// The worker that lost its lease and the one that took over are the same here.
func TestTheObserverIsToldOfTakeovers(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	var once atomic.Bool
	entered, gate := make(chan struct{}), make(chan struct{})
	b.source.before = func(_, page int) error {
		if page == 5 && once.CompareAndSwap(false, true) {
			close(entered)
			<-gate
		}
		return nil
	}
	o := b.observed(t, func(c *jobs.Config) { c.Lease = time.Hour })
	job := b.post(t)
	<-entered
	until(t, b, 5, "select count(*) from sync_pages")
	if _, err := b.pool.Exec(t.Context(), "update sync_partitions set lease_until = now() - interval '1 s'"); err != nil {
		t.Fatal(err)
	}
	until(t, b, "succeeded", statusOf, job)
	close(gate)
	o.want(t, map[string]int64{
		"src leases": 0, "src slice fenced": 1, "src slice listed": 1, "src takeovers": 1,
		"src pages": 10, "src created": 100, "src unchanged": 0, "src job succeeded ": 1,
	})
}

func TestTheObserverIsToldOfCancels(t *testing.T) {
	t.Parallel()
	b := setup(t, 100)
	entered, gate := make(chan struct{}), make(chan struct{})
	b.source.before = func(_, page int) error {
		if page == 0 {
			close(entered)
			<-gate
		}
		return nil
	}
	o := b.observed(t)
	job := b.post(t)
	<-entered
	if err := b.client.Cancel(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	// The next heartbeat sees it, a second later at most; the lease holds for
	// three seconds more.
	time.AfterFunc(1500*time.Millisecond, func() { close(gate) })
	until(t, b, "cancelled", statusOf, job)
	o.want(t, map[string]int64{"src leases": 0, "src slice cancelled": 1, "src job cancelled ": 1})
}
