package source

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// UnstatedWait is how long to stay away from a service that limits the rate
	// of requests and does not say for how long.
	UnstatedWait = time.Minute
	// maxPatience is how long a request waits here for a rate limit to end. A
	// longer wait is the job's, which keeps no worker busy with it; a shorter one
	// is over before the job would be taken up again.
	maxPatience = 5 * time.Second
)

// gate keeps requests away from a service whose rate limit is spent. All
// partitions of a source share it: what one of them is told holds for the
// others at once, and draws no further refusals, by which some services measure
// how long they stay closed. Between workers, sources.retry_at says the same.
type gate struct {
	mu    sync.Mutex
	until time.Time
	// why is what closed it.
	why *Error
}

// heed closes the gate where an answer asks for it: with a rate limit, or with
// the announcement that it was the last one of its window.
func (g *gate) heed(answer *Response, err error) {
	why, refused := errors.AsType[*Error](err)
	switch {
	case refused && why.Kind == RateLimit:
		g.close(why)
	case err == nil:
		if wait := answer.announced(time.Now()); wait > 0 {
			announced := answer.Refused(RateLimit, "rate_limited", "has no requests left until its rate limit's window ends")
			announced.RetryAfter = wait
			g.close(announced)
		}
	}
}

// close keeps requests away for as long as an error asks, unless something else
// keeps them away for longer.
func (g *gate) close(why *Error) {
	wait := why.RetryAfter
	if wait == 0 {
		wait = UnstatedWait
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if until := time.Now().Add(wait); until.After(g.until) {
		g.until, g.why = until, why
	}
}

// wait returns when a request may be sent, or at once with what closed the gate
// and the wait that is left of it.
func (g *gate) wait(ctx context.Context) error {
	for {
		closed := g.closed()
		switch {
		case closed == nil:
			return ctx.Err()
		case closed.RetryAfter > maxPatience:
			return closed
		}
		if err := sleep(ctx, closed.RetryAfter); err != nil {
			return err
		}
	}
}

// closed is nil while requests may be sent.
func (g *gate) closed() *Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	left := time.Until(g.until)
	if left <= 0 {
		return nil
	}
	why := *g.why
	why.RetryAfter = left
	return &why
}
