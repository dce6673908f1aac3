package sampleforge

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// FaultKind says how requests go wrong.
type FaultKind string

// The kinds of faults. All but [FaultOutage] concern API requests of any kind.
const (
	// FaultRateLimit answers 429 with [Fault.RetryAfter].
	FaultRateLimit FaultKind = "rate_limit"
	// FaultStatus answers with [Fault.Status], 500 unless it is set.
	FaultStatus FaultKind = "status"
	// FaultHTML answers 200 with a sign-in page, as a proxy does.
	FaultHTML FaultKind = "html"
	// FaultTruncated sends half of the body and closes the connection.
	FaultTruncated FaultKind = "truncated"
	// FaultHang answers nothing until the client leaves or faults are cleared.
	FaultHang FaultKind = "hang"
	// FaultLatency answers after [Fault.Delay].
	FaultLatency FaultKind = "latency"
	// FaultTotal states [Fault.Total] in X-Total, where a total is stated.
	FaultTotal FaultKind = "total"
	// FaultOutage leaves [Fault.Group] out of every listing; see [Forge.SetOutage].
	FaultOutage FaultKind = "outage"
)

// Fault makes requests go wrong.
type Fault struct {
	Kind FaultKind
	// After lets that many requests pass first; Count is how many go wrong
	// then, 0 meaning all until the faults are cleared.
	After, Count int
	RetryAfter   time.Duration
	Delay        time.Duration
	Status       int
	Total        int
	Group        string
}

// fault is a fault at work.
type fault struct {
	Fault

	// cleared is closed when the faults are cleared.
	cleared <-chan struct{}
}

// faults are the faults at work, in the order in which they were injected.
type faults struct {
	mu     sync.Mutex
	active []*fault
	// cleared is made for the first fault and closed by ClearFaults, for all
	// requests that hang, also those whose fault has done its work.
	cleared chan struct{}
}

// Inject adds a fault. Where several would hit a request, the oldest does; the
// others count it neither as passed nor as hit.
func (f *Forge) Inject(injected Fault) error {
	switch injected.Kind {
	case FaultOutage:
		return f.SetOutage(injected.Group, true)
	case FaultRateLimit, FaultStatus, FaultHTML, FaultTruncated, FaultHang, FaultLatency, FaultTotal:
	default:
		return errors.New("kind must be one of rate_limit, status, html, truncated, hang, latency, total, outage")
	}
	if injected.Status == 0 {
		injected.Status = http.StatusInternalServerError
	}
	if injected.Status < 200 || injected.Status > 599 || injected.After < 0 || injected.Count < 0 {
		return errors.New("status must be from 200 to 599, after and count must not be negative")
	}
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.cleared == nil {
		f.faults.cleared = make(chan struct{})
	}
	f.faults.active = append(f.faults.active, &fault{Fault: injected, cleared: f.faults.cleared})
	return nil
}

// ClearFaults ends all faults and outages.
func (f *Forge) ClearFaults() {
	f.mu.Lock()
	clear(f.down[:])
	f.mu.Unlock()
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.cleared != nil {
		close(f.faults.cleared)
	}
	f.faults.active, f.faults.cleared = nil, nil
}

// Faults returns the faults that are still to hit.
func (f *Forge) Faults() []Fault {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	left := make([]Fault, 0, len(f.faults.active))
	for _, active := range f.faults.active {
		left = append(left, active.Fault)
	}
	return left
}

// next returns the fault that hits this request, or nil.
func (fs *faults) next() *fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, active := range fs.active {
		if active.After > 0 {
			active.After--
			continue
		}
		if active.Count > 0 {
			active.Count--
			if active.Count == 0 {
				fs.active = append(fs.active[:i:i], fs.active[i+1:]...)
			}
		}
		return active
	}
	return nil
}

// hold delays the request where that is the fault, and reports whether it
// should be answered at all. Like the methods below it does nothing without a
// fault.
func (f *fault) hold(ctx context.Context) bool {
	if f == nil {
		return true
	}
	switch f.Kind {
	case FaultLatency:
		return sleep(ctx, f.Delay)
	case FaultHang:
		select {
		case <-f.cleared:
			return true
		case <-ctx.Done():
			return false
		}
	default:
		return true
	}
}

// replacement returns the answer that is given in place of the right one, or nil.
func (f *fault) replacement() *answer {
	if f == nil {
		return nil
	}
	switch f.Kind {
	case FaultRateLimit:
		return tooMany(f.RetryAfter)
	case FaultStatus:
		return jsonAnswer(f.Status, `{"message":"`+strconv.Itoa(f.Status)+" "+http.StatusText(f.Status)+`"}`)
	case FaultHTML:
		reply := &answer{status: http.StatusOK, header: http.Header{}, body: []byte(signIn)}
		reply.header.Set("Content-Type", "text/html; charset=utf-8")
		return reply
	default:
		return nil
	}
}

// distort spoils the right answer.
func (f *fault) distort(reply *answer) {
	if f == nil {
		return
	}
	reply.cut = f.Kind == FaultTruncated
	if f.Kind == FaultTotal && reply.header.Get("X-Total") != "" {
		reply.header.Set("X-Total", strconv.Itoa(f.Total))
	}
}

const signIn = `<!DOCTYPE html>
<html><head><title>Sign in · GitLab</title></head>
<body><form action="/users/sign_in" method="post"><input name="user[login]"></form></body></html>
`
