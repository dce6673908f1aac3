package strike

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"holdfast/internal/invariants"
)

const (
	// nobodysJob is the way to cancel a job that does not exist.
	nobodysJob = "/api/v1/sync/jobs/00000000-0000-7000-8000-000000000000/cancel"
	// crowdSize is a multiple of what a pool holds.
	crowdSize = 72
	// answerBound is more than an API may take for any answer, plus the
	// longest time for which another fault may stop it meanwhile.
	answerBound = 45 * time.Second
)

// Crowd is many callers at once, and what they were told. It is safe for
// concurrent use; the zero value is ready.
type Crowd struct {
	mu      sync.Mutex
	answers map[int]int
	wrong   []string
}

// Answers counts the answers by their status.
func (c *Crowd) Answers() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.answers)
}

// Wrong are the answers that the interface does not document, and those that
// never came.
func (c *Crowd) Wrong() []invariants.Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) == 0 {
		return nil
	}
	return []invariants.Violation{{
		Invariant: "API", Rule: "an API whose connections are in use answers as the interface documents, and in time", Rows: c.wrong,
	}}
}

// ask sends all requests to one API at once and returns when all are answered:
// two of three read rows, one cancels a job that there is not. Jobs are for the
// clients to start: what those are told has to make a history without gaps.
func (c *Crowd) ask(ctx context.Context, address string) {
	ctx, cancel := context.WithTimeout(ctx, answerBound)
	defer cancel()
	// Connections of its own, so that what one fault broke is not met by the next.
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var work sync.WaitGroup
	defer work.Wait()
	for i := range crowdSize {
		work.Go(func() {
			method, path, expected := http.MethodGet, "/api/v1/projects?page_size=5", http.StatusOK
			if i%3 == 0 {
				method, path, expected = http.MethodPost, nobodysJob, http.StatusNotFound
			}
			request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, http.NoBody)
			if err != nil {
				c.note(0, fmt.Sprintf("%s %s: %s", method, path, err))
				return
			}
			c.send(client, request, expected)
		})
	}
}

// send sends one request. A connection that breaks is another fault's doing.
func (c *Crowd) send(client *http.Client, request *http.Request, expected int) {
	what := request.Method + " " + request.URL.Path
	response, err := client.Do(request)
	if errors.Is(err, context.DeadlineExceeded) {
		c.note(0, fmt.Sprintf("%s: no answer within %s", what, answerBound))
	}
	if err != nil {
		return
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return
	}
	switch response.StatusCode {
	case http.StatusServiceUnavailable, expected:
		c.note(response.StatusCode, "")
	default:
		c.note(response.StatusCode, fmt.Sprintf("%s was answered with %d %s", what, response.StatusCode, strings.TrimSpace(string(body))))
	}
}

// note counts an answer, and keeps what is wrong with it. Status 0 stands for none.
func (c *Crowd) note(status int, wrong string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[int]int{}
	}
	c.answers[status]++
	if wrong != "" {
		c.wrong = append(c.wrong, wrong)
	}
}
