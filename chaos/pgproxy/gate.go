package pgproxy

import (
	"sync"
	"time"
)

// gate is what every message passes: open, slow, or closed.
type gate struct {
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
func (g *gate) pass(over <-chan struct{}) (held, ok bool) {
	g.mu.Lock()
	shut, delay := g.shut, g.delay
	g.mu.Unlock()
	if shut != nil {
		select {
		case <-shut:
			return true, true
		case <-over:
			return true, false
		}
	}
	if delay == 0 {
		return false, true
	}
	late := time.NewTimer(delay)
	defer late.Stop()
	select {
	case <-late.C:
		return true, true
	case <-over:
		return true, false
	}
}
