package workload

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// Promised are the newest jobs that clients were promised. Clients share them,
// so that each asks about what others started. It is safe for concurrent use.
type Promised struct {
	mu   sync.Mutex
	jobs []promise
}

// promise is a job and its source.
type promise struct{ job, source string }

// recent is how many jobs are kept: those that may still change, which are two
// of each source, and the last that cannot.
const recent = 16

// add keeps a job as the newest.
func (p *Promised) add(job, source string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = slices.DeleteFunc(p.jobs, func(known promise) bool { return known.job == job })
	p.jobs = append(p.jobs, promise{job, source})
	p.jobs = p.jobs[max(0, len(p.jobs)-recent):]
}

// draw returns one of them, if there is any.
func (p *Promised) draw(dice *rand.Rand) (promise, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.jobs) == 0 {
		return promise{}, false
	}
	return p.jobs[dice.IntN(len(p.jobs))], true
}
