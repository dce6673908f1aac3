package stage

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"

	"holdfast/internal/sampleforge"
)

// Serve serves a handler on a port of this machine and returns its address.
// Closing the context ends it.
func Serve(ctx context.Context, handler http.Handler) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}

// Remembering answers every address a second time with what it answered the
// first time. A sample forge makes up each record anew, which takes a third of
// the processor time of a load; a real service's time is spent elsewhere.
type Remembering struct {
	Forge *sampleforge.Forge
	// Latency is the time that every answer takes.
	Latency time.Duration

	mu      sync.Mutex
	answers map[string]*answer
}

// ServeHTTP answers.
func (f *Remembering) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := f.answer(r)
	if f.Latency > 0 {
		select {
		case <-time.After(f.Latency):
		case <-r.Context().Done():
			return
		}
	}
	maps.Copy(w.Header(), answer.header)
	w.WriteHeader(answer.status)
	// A client that has left needs no answer.
	_, _ = w.Write(answer.body.Bytes())
}

func (f *Remembering) answer(r *http.Request) *answer {
	address := r.URL.String()
	f.mu.Lock()
	known := f.answers[address]
	f.mu.Unlock()
	if known != nil {
		return known
	}
	fresh := &answer{header: http.Header{}, status: http.StatusOK}
	f.Forge.ServeHTTP(fresh, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answers == nil {
		f.answers = map[string]*answer{}
	}
	f.answers[address] = fresh
	return fresh
}

// answer is a response that is kept.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// Header returns the header to fill.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write keeps a part of the body.
func (a *answer) Write(part []byte) (int, error) { return a.body.Write(part) }

// Change changes each step-th project, so that one in step is another record.
func (f *Remembering) Change(step, value int) error {
	number := 0
	for p := range f.Forge.Projects() {
		if number%step == 0 {
			text := fmt.Sprintf("changed, version %d", value)
			if err := f.Forge.Update(p.ID, sampleforge.Change{Stars: &value, Description: &text}); err != nil {
				return err
			}
		}
		number++
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers = nil
	return nil
}
