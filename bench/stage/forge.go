package stage

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
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
	answers map[string]*httptest.ResponseRecorder
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
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	// A client that has left needs no answer.
	_, _ = w.Write(answer.Body.Bytes())
}

func (f *Remembering) answer(r *http.Request) *httptest.ResponseRecorder {
	address := r.URL.String()
	f.mu.Lock()
	known := f.answers[address]
	f.mu.Unlock()
	if known != nil {
		return known
	}
	answer := httptest.NewRecorder()
	f.Forge.ServeHTTP(answer, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answers == nil {
		f.answers = map[string]*httptest.ResponseRecorder{}
	}
	f.answers[address] = answer
	return answer
}

// Change changes each step-th project, so that one in step is another record.
func (f *Remembering) Change(step, value int) error {
	number := 0
	for p := range f.Forge.Projects() {
		if number%step == 0 {
			if err := f.Forge.Update(p.ID, sampleforge.Change{Stars: &value, Description: new(fmt.Sprintf("changed, version %d", value))}); err != nil {
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
