package pgproxy

import "sync/atomic"

// Fault is what a trap waits for, and what it does then.
type Fault int

const (
	// BeforeCommit resets the connection in place of passing a COMMIT on.
	BeforeCommit Fault = iota
	// AfterCommit resets the connection in place of passing on the reply to a
	// COMMIT that was applied.
	AfterCommit
	// Notification drops a notification; the connection stays.
	Notification
)

// Trap is a fault that hits a number of messages.
type Trap struct {
	fault        Fault
	left, sprung atomic.Int64
}

// Sprung returns how often the trap has hit.
func (t *Trap) Sprung() int { return int(t.sprung.Load()) }

// Disarm keeps the trap from hitting again.
func (t *Trap) Disarm() { t.left.Store(0) }

// spring hits, if the trap has hits left.
func (t *Trap) spring(f Fault) bool {
	if t.fault != f || t.left.Add(-1) < 0 {
		return false
	}
	t.sprung.Add(1)
	return true
}

// Set lets a fault hit the next messages of its kind.
func (p *Proxy) Set(fault Fault, times int) *Trap {
	t := &Trap{fault: fault}
	t.left.Store(int64(times))
	p.mu.Lock()
	defer p.mu.Unlock()
	// A new slice: springs reads the old one without the lock.
	armed := []*Trap{t}
	for _, old := range p.traps {
		if old.left.Load() > 0 {
			armed = append(armed, old)
		}
	}
	p.traps = armed
	return t
}

// springs reports whether a trap hits here.
func (p *Proxy) springs(f Fault) bool {
	p.mu.Lock()
	traps := p.traps
	p.mu.Unlock()
	for _, t := range traps {
		if t.spring(f) {
			return true
		}
	}
	return false
}
