package azuredevops

import (
	"context"
	"sync"
	"time"

	"holdfast/internal/source"
)

// maxPause is how long a request waits here. A longer wait is the job's, which
// keeps no worker busy with it.
const maxPause = 30 * time.Second

// pause is until when the service asked to be left alone with an answer that
// was slowed down. All partitions of a source share it.
type pause struct {
	mu    sync.Mutex
	until time.Time
}

// extend begins a pause, unless a longer one is on.
func (p *pause) extend(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(d); until.After(p.until) {
		p.until = until
	}
}

func (p *pause) left() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.until)
}

// wait returns when the next request may be sent.
func (p *pause) wait(ctx context.Context) error {
	left := p.left()
	switch {
	case left <= 0:
		return nil
	case left > maxPause:
		return &source.Error{Kind: source.RateLimit, Code: "rate_limited", RetryAfter: left,
			Message: "Azure DevOps slows its answers down and asks to wait before the next request"}
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
