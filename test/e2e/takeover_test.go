package e2e_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/internal/invariants"
	"holdfast/internal/openapi"
)

// takeovers collects how long jobs stood still after their worker was killed.
type takeovers struct {
	mu    sync.Mutex
	times []time.Duration
}

func (m *takeovers) add(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.times = append(m.times, d)
}

// With the lease of production, the worker that lists is killed again and again
// while another one stands by. What counts is the time from the kill to the next
// committed page.
func TestTakeoverTime(t *testing.T) {
	t.Parallel()
	const systems, kills = 5, 3
	measured := &takeovers{}
	t.Cleanup(func() { measured.report(t, systems*kills) })
	for i := range systems {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s := start(t, withProjects(20_000), withPageLatency(100*time.Millisecond), withWorker("lease", "5s"),
				withWorker("slice", "10m"))
			job := s.post()
			s.waitForPages(job.ID, 1)
			for range kills {
				standby := s.startWorker()
				measured.add(s.killAndTakeOver(job))
				s.workers = []*process{standby}
			}
			s.cancel(job)
		})
	}
}

// killAndTakeOver kills the worker that lists, and returns how long it takes
// until the job has a page more.
func (s *system) killAndTakeOver(job openapi.Job) time.Duration {
	s.t.Helper()
	s.workers[0].kill()
	killed := time.Now()
	const query = "select epoch from sync_partitions where job_id = $1"
	const pages = "select count(*) from sync_pages where epoch > $1"
	before := ask[int64](s, query, job.ID)
	s.eventually("another worker commits a page", func() bool { return ask[int](s, pages, before) > 0 })
	return time.Since(killed)
}

// report fails the test if a takeover took too long.
func (m *takeovers) report(t *testing.T, want int) {
	t.Helper()
	if len(m.times) != want {
		t.Fatalf("%d takeovers measured, want %d", len(m.times), want)
	}
	slices.Sort(m.times)
	// Of so few times the 99th percentile is the longest.
	longest := m.times[len(m.times)-1]
	t.Logf("takeover after %d kills: p50 %s, p99 and maximum %s", want,
		m.times[len(m.times)/2].Round(10*time.Millisecond), longest.Round(10*time.Millisecond))
	if longest > invariants.TakeoverBound {
		t.Errorf("a takeover took %s, the bound is %s", longest, invariants.TakeoverBound)
	}
}
