package pgproxy

import (
	"sync"
	"sync/atomic"
	"time"
)

// gate is what every message passes: open, slow, or closed.
type gate struct {
	// held counts the messages that had to wait, from when they begin to.
	held atomic.Int64

	mu sync.Mutex
	// shut is nil while the gate is open, and closed when it opens again.
	shut  chan struct{}
	delay time.Duration
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
	}
	g.shut, g.delay = nil, 0
}

func (g *gate) slow(delay time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = delay
}

// pass waits until a message may go on. It reports false when over was closed
// before that.
func (g *gate) pass(over <-chan struct{}) bool {
	g.mu.Lock()
	shut, delay := g.shut, g.delay
	g.mu.Unlock()
	var late <-chan time.Time
	switch {
	case shut != nil:
	case delay > 0:
		timer := time.NewTimer(delay)
		defer timer.Stop()
		late = timer.C
	default:
		return true
	}
	g.held.Add(1)
	select {
	case <-shut:
		return true
	case <-late:
		return true
	case <-over:
		return false
	}
}
