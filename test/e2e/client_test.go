package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"holdfast/internal/openapi"
)

// answer is a response of the API.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request to the API. The error is that of the transport.
func (s *system) call(ctx context.Context, method, path, body string, header ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.address+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: text}, err
}

// must sends a request and fails the test unless it is answered with the status.
func (s *system) must(status int, method, path, body string, header ...string) answer {
	s.t.Helper()
	a, err := s.call(s.t.Context(), method, path, body, header...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

func decode[T any](s *system, text []byte) T {
	s.t.Helper()
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return value
}

const syncPath = "/api/v1/sync/projects"

// postAll asks for a sync and returns its jobs; every job that a 202 told of
// must exist and end.
func (s *system) postAll(body string, header ...string) []openapi.Job {
	s.t.Helper()
	started := decode[openapi.StartedJobs](s, s.must(http.StatusAccepted, http.MethodPost, syncPath, body, header...).body)
	for _, job := range started.Jobs {
		s.answered = append(s.answered, job.ID)
	}
	return started.Jobs
}

// post asks for a sync of the only source, without a body.
func (s *system) post(header ...string) openapi.Job {
	s.t.Helper()
	jobs := s.postAll("", header...)
	if len(jobs) != 1 {
		s.t.Fatalf("%d jobs, want one", len(jobs))
	}
	return jobs[0]
}

func jobPath(id string) string { return "/api/v1/sync/jobs/" + id }

// job looks at a job.
func (s *system) job(id string) openapi.Job {
	s.t.Helper()
	return decode[openapi.Job](s, s.must(http.StatusOK, http.MethodGet, jobPath(id), "").body)
}

// waitFor waits until a job has one of the states. A terminal state that is not
// among them fails the test at once.
func (s *system) waitFor(id string, states ...openapi.JobStatus) openapi.Job {
	s.t.Helper()
	terminal := []openapi.JobStatus{openapi.JobStatusSucceeded, openapi.JobStatusFailed, openapi.JobStatusCancelled}
	deadline := time.Now().Add(patience)
	for {
		job := s.job(id)
		if slices.Contains(states, job.Status) {
			return job
		}
		if slices.Contains(terminal, job.Status) || time.Now().After(deadline) {
			s.t.Fatalf("job is %s, want %v: %+v", job.Status, states, job)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// sync posts and waits for success.
func (s *system) sync() openapi.Job {
	s.t.Helper()
	return s.waitFor(s.post().ID, openapi.JobStatusSucceeded)
}

// waitForPages waits until a job has committed a number of pages.
func (s *system) waitForPages(id string, pages int64) {
	s.t.Helper()
	s.eventually("pages of job "+id, func() bool {
		return ask[int64](s, "select coalesce(sum(page_no), 0)::bigint from sync_partitions where job_id = $1", id) >= pages
	})
}
