package source

import (
	"context"
	"sync"
	"time"
)

// pacer spaces requests evenly: the service sees no bursts, and callers that
// wait are served in the order in which they came.
type pacer struct {
	interval time.Duration

	mu   sync.Mutex
	next time.Time
}

func newPacer(perSecond float64) *pacer {
	if perSecond == 0 {
		return &pacer{}
	}
	return &pacer{interval: time.Duration(float64(time.Second) / perSecond)}
}

// wait returns when the caller may send its request, or with the context's error.
func (p *pacer) wait(ctx context.Context) error {
	if p.interval == 0 {
		return ctx.Err()
	}
	return sleep(ctx, p.reserve(time.Now()))
}

// reserve takes the next free slot and returns how far off it is.
func (p *pacer) reserve(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := now
	if p.next.After(now) {
		slot = p.next
	}
	p.next = slot.Add(p.interval)
	return slot.Sub(now)
}

// sleep waits for d, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
