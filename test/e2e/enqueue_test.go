package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/openapi"
)

func TestPostBecomesRows(t *testing.T) {
	t.Parallel()
	s := start(t)
	job := s.sync()
	s.mirrors("forge")
	want := openapi.Counts{Created: 300}
	if diff := cmp.Diff(want, job.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if job.Receipt == nil || !job.Receipt.Verified || job.Receipt.LiveRows != 300 {
		t.Errorf("receipt %+v, want 300 verified rows", job.Receipt)
	}
	again := s.sync()
	if diff := cmp.Diff(openapi.Counts{Unchanged: 300}, again.Counts); diff != "" {
		t.Errorf("counts of the second sync (-want +got):\n%s", diff)
	}
}

// The client sends its request and hangs up without reading the answer.
func TestClientLeavesRightAfterThePost(t *testing.T) {
	t.Parallel()
	s := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	request := "POST " + syncPath + " HTTP/1.1\r\nHost: holdfast\r\nContent-Length: 0\r\n\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the job that nobody asks for succeeds", func() bool {
		return ask[int](s, "select count(*) from sync_jobs where status = 'succeeded'") == 1
	})
	s.mirrors("forge")
}

func TestAPIIsKilledRightAfterThe202(t *testing.T) {
	t.Parallel()
	s := start(t, withWorkers(0))
	job := s.post()
	s.api.kill()
	s.startWorker()
	s.startAPI()
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
}

func TestPostsCoalesceAndSucceedOneAnother(t *testing.T) {
	t.Parallel()
	s := start(t, withPageLatency(50*time.Millisecond))
	first := s.post()
	s.waitForPages(first.ID, 1)

	second, joined := s.post(), s.post()
	if second.ID == first.ID || second.Coalesced {
		t.Errorf("a POST while a job runs got %s (coalesced %t), want a job of its own", second.ID, second.Coalesced)
	}
	if joined.ID != second.ID || !joined.Coalesced {
		t.Errorf("a POST while a job is queued got %s (coalesced %t), want %s", joined.ID, joined.Coalesced, second.ID)
	}
	waiting := s.waitFor(second.ID, openapi.JobStatusQueued, openapi.JobStatusWaiting)
	if waiting.WaitingReason != nil && *waiting.WaitingReason != openapi.WaitingReasonSourceBusy {
		t.Errorf("the successor waits for %s, want source_busy", *waiting.WaitingReason)
	}
	done := s.waitFor(second.ID, openapi.JobStatusSucceeded)
	ended := s.job(first.ID)
	if ended.FinishedAt == nil || done.StartedAt.Before(*ended.FinishedAt) {
		t.Errorf("the second job began %s, the first ended %v", done.StartedAt, ended.FinishedAt)
	}
	s.mirrors("forge")
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := start(t, withPageLatency(20*time.Millisecond))
	const key = "Idempotency-Key"
	first := s.post(key, "once")
	s.waitForPages(first.ID, 1)
	if again := s.post(key, "once"); again.ID != first.ID {
		t.Errorf("the same key got another job while the first one runs")
	}
	s.waitFor(first.ID, openapi.JobStatusSucceeded)
	if again := s.post(key, `"once"`); again.ID != first.ID {
		t.Errorf("the same key, quoted, got another job after the first one ended")
	}
	s.must(http.StatusUnprocessableEntity, http.MethodPost, syncPath, `{"source":"forge"}`, key, "once")
	if n := ask[int](s, "select count(*) from sync_jobs"); n != 1 {
		t.Errorf("%d jobs, want one", n)
	}
}

// Every client sends its key at once; however the requests meet, they lead to
// one job.
func TestIdempotencyKeysMeet(t *testing.T) {
	t.Parallel()
	s := start(t, withWorkers(0))
	const clients = 20
	answers := make(chan answer, clients)
	for range clients {
		go func() {
			a, err := s.call(t.Context(), http.MethodPost, syncPath, "", "Idempotency-Key", "at-once")
			if err != nil {
				t.Error(err)
			}
			answers <- a
		}()
	}
	ids := map[string]bool{}
	for range clients {
		switch a := <-answers; a.status {
		case http.StatusAccepted:
			ids[decode[openapi.StartedJobs](s, a.body).Jobs[0].ID] = true
		case http.StatusConflict:
		default:
			t.Errorf("answered %d %s", a.status, a.body)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d jobs, want one", len(ids))
	}
	s.startWorker()
	for id := range ids {
		s.waitFor(id, openapi.JobStatusSucceeded)
	}
}

// Requests that name the same sources in different orders must not wait for
// each other in a circle.
func TestPostsOfManySourcesMeet(t *testing.T) {
	t.Parallel()
	const sources = 8
	var forwards, backwards []string
	s := start(t, withWorkers(0), withSources(func(url string) string {
		var text strings.Builder
		for i := range sources {
			text.WriteString("  " + forgeSource(fmt.Sprintf("s%d", i), url))
		}
		return strings.TrimPrefix(text.String(), "  ")
	}))
	for i := range sources {
		forwards = append(forwards, fmt.Sprintf("%q", fmt.Sprintf("s%d", i)))
	}
	backwards = slices.Clone(forwards)
	slices.Reverse(backwards)
	for range 5 {
		var clients sync.WaitGroup
		for i := range 16 {
			order := forwards
			if i%2 == 1 {
				order = backwards
			}
			clients.Go(func() {
				a, err := s.call(t.Context(), http.MethodPost, syncPath, `{"sources":[`+strings.Join(order, ",")+`]}`)
				if err != nil || a.status != http.StatusAccepted {
					t.Errorf("answered %d %s, %v", a.status, a.body, err)
				}
			})
		}
		clients.Wait()
	}
	if n := ask[int](s, "select count(*) from sync_jobs"); n != sources {
		t.Errorf("%d jobs, want one for each of %d sources", n, sources)
	}
}

// The end of a job may take a while, and locks its source meanwhile: a POST
// does not wait for it.
func TestPostDoesNotWaitForTheEndOfAJob(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.sync()
	tx, err := s.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "select from sources where name = 'forge' for no key update"); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	job := s.post()
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("the POST took %s", took)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
}

// The API dies between writing and committing, or between committing and
// answering; whoever asks again with the same key finds out which it was.
func TestAPIIsKilledAroundTheCommitOfAPost(t *testing.T) {
	t.Parallel()
	for point, committed := range map[string]int{"enqueue.written": 0, "enqueue.committed": 1} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			s.api.kill()
			s.startAPI("HOLDFAST_FAILPOINT=" + point)
			const key = "Idempotency-Key"
			if a, err := s.call(t.Context(), http.MethodPost, syncPath, "", key, "again"); err == nil {
				t.Fatalf("answered %d %s by an API that should be dead", a.status, a.body)
			}
			s.api.awaitEnd(t, patience)
			if n := ask[int](s, "select count(*) from sync_jobs"); n != committed {
				t.Errorf("%d jobs are committed, want %d", n, committed)
			}
			s.startAPI()
			s.waitFor(s.post(key, "again").ID, openapi.JobStatusSucceeded)
			if n := ask[int](s, "select count(*) from sync_jobs"); n != 1 {
				t.Errorf("%d jobs, want one", n)
			}
			s.mirrors("forge")
		})
	}
}
