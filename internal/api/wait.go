package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"holdfast/internal/openapi"
)

const (
	// maxWait is the longest long poll. Proxies commonly cut at 60 s.
	maxWait = time.Minute
	// pollInterval is how often a long poll looks. Each look is one short
	// query on a connection of the pool; none is held in between.
	pollInterval = 300 * time.Millisecond
	// writeGrace is how much longer than the wait the answer may take.
	writeGrace = 15 * time.Second
)

// parseWait reads the parameter wait: a duration as Go writes it, e.g. "25s".
func parseWait(text *string) (time.Duration, error) {
	if text == nil {
		return 0, nil
	}
	wait, err := time.ParseDuration(*text)
	if err != nil || wait < 0 || wait > maxWait {
		return 0, invalidParameter(fmt.Sprintf(
			"wait must be a time from 0s to %.0fs with its unit, for example 25s; it is %q.", maxWait.Seconds(), *text))
	}
	return wait, nil
}

// patient lets a route answer later than the server's write time-out: long
// polls, and decisions about many rows.
func patient(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		deadline := time.Now().Add(maxWait + writeGrace)
		// Without deadlines (a test's recorder) there is none to move.
		_ = http.NewResponseController(c.Response()).SetWriteDeadline(deadline)
		return next(c)
	}
}

// versioned is a job as it is answered, with its tag.
type versioned struct {
	job openapi.Job
	// body is the job in JSON: what the tag was made from is what is sent.
	body []byte
	tag  string
}

// isNews reports whether there is nothing to wait for: the client does not know
// this version, or there will be no other.
func (v *versioned) isNews(known noneMatch) bool {
	return finished(&v.job) || known.given() && !known.matches(v.tag)
}

// awaitChange returns the job as soon as it is news to the client, or as it is
// after the wait. A finished job never changes again; a drain and a client
// that leaves end the wait too.
func (h *handlers) awaitChange(ctx context.Context, id string, known noneMatch, wait time.Duration) (versioned, error) {
	// Without a tag the client knows nothing, and gets what it would have got
	// without waiting as soon as that changes.
	first, err := h.readJob(ctx, id)
	if err != nil || wait == 0 || first.isNews(known) {
		return first, err
	}
	timeout := time.NewTimer(wait)
	defer timeout.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return versioned{}, ctx.Err()
		case <-h.draining:
			return first, nil
		case <-timeout.C:
			return h.readJob(ctx, id)
		case <-tick.C:
		}
		now, err := h.readJob(ctx, id)
		if err != nil || now.tag != first.tag {
			return now, err
		}
	}
}

func (h *handlers) readJob(ctx context.Context, id string) (versioned, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	job, err := h.Jobs.Job(ctx, id)
	if err != nil {
		return versioned{}, err
	}
	shown := jobView(&job, false)
	body, err := json.Marshal(shown)
	if err != nil {
		return versioned{}, fmt.Errorf("encode job: %w", err)
	}
	return versioned{job: shown, body: body, tag: etagOf(body)}, nil
}
