package gather

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// Limits bound a group.
type Limits struct {
	// Flights is how many pieces of work may be under way at a time, Size how
	// many requests one of them may take.
	Flights, Size int
}

// Answer is what became of one request.
type Answer[A any] struct {
	Value A
	Err   error
}

// Work answers requests: the n-th answer is that of the n-th request. It runs on
// a goroutine of its own, under no request's context.
type Work[Q, A any] func(requests []Q) []Answer[A]

// ErrPanic is wrapped by the error of requests whose work panicked.
var ErrPanic = errors.New("panic")

// Group gathers requests Q to be answered with A.
type Group[Q, A any] struct {
	limits Limits
	work   Work[Q, A]

	mu      sync.Mutex
	waiting []*call[Q, A]
	flying  int
}

// call is a request and, once answered is closed, its answer.
type call[Q, A any] struct {
	request  Q
	answered chan struct{}
	answer   Answer[A]
}

// New makes a group.
func New[Q, A any](limits Limits, work Work[Q, A]) *Group[Q, A] {
	return &Group[Q, A]{limits: limits, work: work}
}

// Do has a request answered. The error is that of the answer, or the context's
// when that ended before the request was taken: then nothing was done for it.
func (g *Group[Q, A]) Do(ctx context.Context, request Q) (A, error) {
	c := &call[Q, A]{request: request, answered: make(chan struct{})}
	g.join(c)
	select {
	case <-c.answered:
	case <-ctx.Done():
		if g.leave(c) {
			var none A
			return none, ctx.Err()
		}
		<-c.answered
	}
	return c.answer.Value, c.answer.Err
}

// join lets a request wait, and starts a flight if one is free.
func (g *Group[Q, A]) join(c *call[Q, A]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, c)
	if g.flying < g.limits.Flights {
		g.flying++
		go g.fly()
	}
}

// leave reports whether the request still waited, and no longer does.
func (g *Group[Q, A]) leave(c *call[Q, A]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == c {
			g.waiting = append(g.waiting[:i:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// fly works until nobody waits.
func (g *Group[Q, A]) fly() {
	for {
		calls := g.take()
		if len(calls) == 0 {
			return
		}
		requests := make([]Q, len(calls))
		for i, c := range calls {
			requests[i] = c.request
		}
		for i, answer := range g.answers(requests) {
			calls[i].answer = answer
			close(calls[i].answered)
		}
	}
}

// take takes those who wait, as many as one flight may; none ends the flight.
func (g *Group[Q, A]) take() []*call[Q, A] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.limits.Size)
	if n == 0 {
		g.flying--
		return nil
	}
	taken := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return taken
}

// answers works, and makes sure that there is an answer for each request.
func (g *Group[Q, A]) answers(requests []Q) (answers []Answer[A]) {
	defer func() {
		if reason := recover(); reason != nil {
			answers = failed[A](len(requests), fmt.Errorf("%w: %v\n%s", ErrPanic, reason, debug.Stack()))
		}
	}()
	answers = g.work(requests)
	if len(answers) != len(requests) {
		panic(fmt.Sprintf("%d answers for %d requests", len(answers), len(requests)))
	}
	return answers
}

// failed answers n requests with one error.
func failed[A any](n int, err error) []Answer[A] {
	answers := make([]Answer[A], n)
	for i := range answers {
		answers[i].Err = err
	}
	return answers
}
