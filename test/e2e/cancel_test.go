package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/sampleforge"
)

func TestCancelledJobStopsAndKeepsItsRows(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(2000), withSource("partitions: 2"), withPageLatency(100*time.Millisecond))
	job := s.post()
	s.waitForPages(job.ID, 4)
	cancelled := s.cancel(job)
	rows := ask[int64](s, "select count(*) from projects")
	if rows != cancelled.Counts.Created || rows == 0 || rows == 2000 {
		t.Errorf("%d rows, %d counted, want the same part of 2000", rows, cancelled.Counts.Created)
	}
	retried := decode[openapi.Job](s, s.must(http.StatusAccepted, http.MethodPost, jobPath(job.ID)+"/retry", "").body)
	s.answered = append(s.answered, retried.ID)
	if retried.RetryOf == nil || *retried.RetryOf != job.ID {
		t.Errorf("the retry is of %v, want %s", retried.RetryOf, job.ID)
	}
	s.cancel(retried)
}

// cancel cancels a job and waits until it has stopped.
func (s *system) cancel(job openapi.Job) openapi.Job {
	s.t.Helper()
	s.must(http.StatusAccepted, http.MethodPost, jobPath(job.ID)+"/cancel", "")
	return s.waitFor(job.ID, openapi.JobStatusCancelled)
}

// Cancelling and completing race: whoever wins, the state is one of the two and
// is never left. The delays spread the cancels over the life of a job and beyond.
func TestCancelRacesWithCompletion(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(60), withSource("partitions: 3"))
	begun := time.Now()
	s.sync()
	life := time.Since(begun)
	ends := map[openapi.JobStatus]int{}
	const races = 24
	for i := range races {
		job := s.post()
		<-time.After(life * time.Duration(i) / (races / 2))
		a, err := s.call(t.Context(), http.MethodPost, jobPath(job.ID)+"/cancel", "")
		if err != nil {
			t.Fatal(err)
		}
		if a.status != http.StatusAccepted && a.status != http.StatusConflict {
			t.Errorf("cancel was answered with %d %s", a.status, a.body)
		}
		end := s.waitFor(job.ID, openapi.JobStatusSucceeded, openapi.JobStatusCancelled)
		if a.status == http.StatusConflict && end.Status == openapi.JobStatusCancelled {
			t.Error("the cancel was refused, and the job is cancelled")
		}
		ends[end.Status]++
	}
	if len(ends) != 2 {
		t.Logf("there was no race: all jobs ended as %v", ends)
	}
	s.sync()
	s.mirrors("forge")
}

// A job whose worker died in mid-work can be cancelled too.
func TestCancelAfterTheWorkerDied(t *testing.T) {
	t.Parallel()
	s := start(t, withProjects(1000), withPageLatency(100*time.Millisecond))
	job := s.post()
	s.waitForPages(job.ID, 2)
	s.workers[0].kill()
	s.must(http.StatusAccepted, http.MethodPost, jobPath(job.ID)+"/cancel", "")
	s.startWorker()
	s.waitFor(job.ID, openapi.JobStatusCancelled)
}

// A job that only waits is cancelled at once.
func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.forge.fault(t, sampleforge.Fault{Kind: sampleforge.FaultRateLimit, After: 4, RetryAfter: time.Hour})
	job := s.post()
	s.waitFor(job.ID, openapi.JobStatusWaiting)
	s.must(http.StatusAccepted, http.MethodPost, jobPath(job.ID)+"/cancel", "")
	if state := s.job(job.ID).Status; state != openapi.JobStatusCancelled {
		t.Errorf("the job is %s, want cancelled at once", state)
	}
}
