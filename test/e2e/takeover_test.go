package e2e_test

import (
	"context"
	"slices"
	"strconv"
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
		t.Run(strconv.Itoa(i), func(t *testing.T) {
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

// The end of a large job has its rows locked for longer than its lease: the
// reaper does not wait for it, while others need a takeover.
func TestTakeoverDoesNotWaitForALockedJob(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(20_000), withPageLatency(100*time.Millisecond), withWorker("lease", "1s"), withWorker("slice", "10m"))
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	const other = "0198c0de-0000-7000-8000-000000000000"
	if _, err := s.pool.Exec(t.Context(), `
		insert into sources (name, kind) values ('other', 'gitlab');
		insert into sync_jobs (id, source, status, phase, trigger, caller, started_at, lease_until)
		values ('`+other+`', 'other', 'running', 'finalize', 'api', 'anonymous', now(), now() + interval '3 s')`); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "select from sync_jobs where id = $1 for no key update", other); err != nil {
		t.Fatal(err)
	}
	job := s.post()
	s.waitForPages(job.ID, 1)
	for range 3 {
		standby := s.startWorker()
		if took := s.killAndTakeOver(job); took > 4*time.Second {
			t.Errorf("the takeover took %s with a lease of one second", took)
		}
		s.workers = []*process{standby}
	}
	if _, err := tx.Exec(t.Context(), "delete from sync_jobs where id = $1", other); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.cancel(job)
}
