package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/sampleforge"
)

func TestRateLimitIsWaitedForAndCostsNoAttempt(t *testing.T) {
	t.Parallel()
	s := start(t, withSource("partitions: 3"), withProjects(2400), withPageLatency(50*time.Millisecond))
	s.forge.fault(t, sampleforge.Fault{Kind: sampleforge.FaultRateLimit, After: 8, Count: 1, RetryAfter: 3 * time.Second})
	job := s.post()
	waiting := s.waitFor(job.ID, openapi.JobStatusWaiting)
	if waiting.WaitingReason == nil || *waiting.WaitingReason != openapi.WaitingReasonRateLimited {
		t.Fatalf("the job waits for %v, want rate_limited", waiting.WaitingReason)
	}
	if waiting.RetryAt == nil || time.Until(*waiting.RetryAt) > 3*time.Second {
		t.Errorf("retry_at is %v, want within the three seconds that the service asked for", waiting.RetryAt)
	}
	asked := s.forge.Counts().Requests
	nearlyOver := waiting.RetryAt.Add(-300 * time.Millisecond)
	s.eventually("the limit is nearly over", func() bool { return time.Now().After(nearlyOver) })
	if more := s.forge.Counts().Requests - asked; more > 0 {
		t.Errorf("%d requests went to the source while its limit held", more)
	}
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
	if n := ask[int](s, "select sum(failures + takeovers)::int from sync_partitions"); n != 0 {
		t.Errorf("%d failures and takeovers counted, want none", n)
	}
}

// While the worker that waits is gone, so is River's leader, which would wake
// the job; it goes on all the same.
func TestLeaderDiesWhileTheJobWaits(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.forge.fault(t, sampleforge.Fault{Kind: sampleforge.FaultRateLimit, After: 6, Count: 1, RetryAfter: 2 * time.Second})
	job := s.post()
	waiting := s.waitFor(job.ID, openapi.JobStatusWaiting)
	s.workers[0].kill()
	s.startWorker()
	s.waitFor(job.ID, openapi.JobStatusRunning, openapi.JobStatusSucceeded)
	if late := time.Since(*waiting.RetryAt); late > 10*time.Second {
		t.Errorf("the job went on %s after its retry_at", late)
	}
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	s.mirrors("forge")
}

// A proxy logs out and answers with its sign-in page, status 200.
func TestPageTurnsToHTML(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.sync()
	s.forge.fault(t, sampleforge.Fault{Kind: sampleforge.FaultHTML, After: 6})
	job := s.post()
	failed := s.waitFor(job.ID, openapi.JobStatusFailed)
	if failed.Error == nil || failed.Error.Message == "" || failed.Counts.Deleted+failed.Counts.Absent > 0 {
		t.Errorf("error %+v, counts %+v: want a message and nothing absent", failed.Error, failed.Counts)
	}
	s.forge.ClearFaults()
	s.sync()
	s.mirrors("forge")
}

// One page in the middle is an outage of a moment.
func TestTransientFailuresAreGoneThrough(t *testing.T) {
	t.Parallel()
	for _, fault := range []sampleforge.Fault{
		{Kind: sampleforge.FaultStatus, Status: 503},
		{Kind: sampleforge.FaultStatus, Status: 500},
		{Kind: sampleforge.FaultTruncated},
	} {
		t.Run(fmt.Sprintf("%s %d", fault.Kind, fault.Status), func(t *testing.T) {
			t.Parallel()
			s := start(t)
			fault.After, fault.Count = 8, 6
			s.forge.fault(t, fault)
			s.sync()
			s.mirrors("forge")
			if left := s.forge.Faults(); len(left) > 0 {
				t.Errorf("faults that never hit: %+v", left)
			}
		})
	}
}

// The service states more projects than it lists: nothing may be marked absent,
// however often.
func TestTotalThatLiesMarksNothingAbsent(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.sync()
	s.forge.remove(t, s.forge.ids()[:5]...)
	s.forge.fault(t, sampleforge.Fault{Kind: sampleforge.FaultTotal, Total: 300})
	for range 3 {
		job := s.sync()
		if complete := job.Listing.Complete; complete == nil || *complete {
			t.Errorf("the listing is taken for complete: %v", complete)
		}
		if job.Counts.Absent+job.Counts.Deleted > 0 {
			t.Errorf("counts %+v, want nothing absent", job.Counts)
		}
	}
	if n := ask[int](s, "select count(*) from active_projects"); n != 300 {
		t.Errorf("%d live rows, want 300", n)
	}
}

// Twenty sources are asked for at once; one has a token that the service does
// not know.
func TestOneBrokenSourceHarmsNoOther(t *testing.T) {
	t.Parallel()
	s := start(t, func(p *plan) { p.forge.Token = "right" }, withProjects(100), withWorkers(2), withSources(func(url string) string {
		var text strings.Builder
		for i := range 20 {
			token := "token: right"
			if i == 13 {
				token = "token: wrong"
			}
			text.WriteString("  " + forgeSource(fmt.Sprintf("s%d", i), url, token))
		}
		return strings.TrimPrefix(text.String(), "  ")
	}))
	jobs := s.postAll("")
	if len(jobs) != 20 {
		t.Fatalf("%d jobs, want 20", len(jobs))
	}
	for _, job := range jobs {
		if job.Source != "s13" {
			s.waitFor(job.ID, openapi.JobStatusSucceeded)
			s.mirrors(job.Source)
			continue
		}
		failed := s.waitFor(job.ID, openapi.JobStatusFailed)
		if failed.Error == nil || failed.Error.Code != "unauthorized" || failed.Error.Retryable {
			t.Errorf("error %+v, want unauthorized, of no use to retry", failed.Error)
		}
	}
	if n := ask[int](s, "select config_failures from sources where name = 's13'"); n != 1 {
		t.Errorf("%d configuration failures counted, want one", n)
	}
}
