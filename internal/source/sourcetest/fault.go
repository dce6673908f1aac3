package sourcetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Fault is a way for a service to misbehave.
type Fault string

// The faults that [Service.Break] is called with.
const (
	// None: the service works again.
	None Fault = "none"
	// Unauthorized, Forbidden and NotFound answer 401, 403 and 404.
	Unauthorized Fault = "unauthorized"
	Forbidden    Fault = "forbidden"
	NotFound     Fault = "not found"
	// Throttled answers 429 with a Retry-After of [ThrottledFor].
	Throttled Fault = "throttled"
	// ServerError answers 500.
	ServerError Fault = "server error"
	// Truncated cuts a right answer short in the middle of its body.
	Truncated Fault = "truncated"
	// SignIn answers 200 with an HTML page that asks for a password, and
	// Maintenance with one that does not.
	SignIn      Fault = "sign-in page"
	Maintenance Fault = "maintenance page"
	// Null answers 200 with the JSON value null.
	Null Fault = "null"
	// Repeat gives the last right answer again, whatever is asked.
	Repeat Fault = "repeat"
	// Stall takes requests and never answers.
	Stall Fault = "stall"
)

// ThrottledFor is how long [Throttled] asks to wait.
const ThrottledFor = 7 * time.Second

// Server is a service over HTTP that can be made to misbehave.
type Server struct {
	// URL is where it listens, on the loopback interface.
	URL string

	handler http.Handler
	closing chan struct{}

	mu    sync.Mutex
	fault Fault
	last  *httptest.ResponseRecorder
}

// NewServer serves a handler until the test ends.
func NewServer(t *testing.T, handler http.Handler) *Server {
	t.Helper()
	s := &Server{handler: handler, closing: make(chan struct{}), fault: None}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		close(s.closing)
		server.Close()
	})
	s.URL = server.URL
	return s
}

// Break makes the server misbehave from the next request on; it fits
// [Service.Break].
func (s *Server) Break(fault Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// ServeHTTP answers as the fault of the moment has it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault := s.fault
	s.mu.Unlock()
	switch fault {
	case Unauthorized:
		reply(w, http.StatusUnauthorized, "application/json", `{"message":"401 Unauthorized"}`)
	case Forbidden:
		reply(w, http.StatusForbidden, "application/json", `{"message":"403 Forbidden"}`)
	case NotFound:
		reply(w, http.StatusNotFound, "application/json", `{"message":"404 Not Found"}`)
	case Throttled:
		w.Header().Set("Retry-After", strconv.Itoa(int(ThrottledFor.Seconds())))
		reply(w, http.StatusTooManyRequests, "text/plain", "Retry later\n")
	case ServerError:
		reply(w, http.StatusInternalServerError, "text/html", "<html>We're sorry")
	case SignIn:
		reply(w, http.StatusOK, "text/html", `<html><form action="/users/sign_in"><input type="password">`)
	case Maintenance:
		reply(w, http.StatusOK, "text/html", `<html>We will be back soon`)
	case Null:
		reply(w, http.StatusOK, "application/json", "null")
	case Stall:
		// Reading to the end lets the server notice when the client leaves.
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
	default:
		s.serve(w, r, fault)
	}
}

// serve answers with the handler's answer, or with what the fault makes of it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, fault Fault) {
	s.mu.Lock()
	answer := s.last
	s.mu.Unlock()
	if fault != Repeat || answer == nil {
		answer = httptest.NewRecorder()
		answer.Body = new(bytes.Buffer)
		s.handler.ServeHTTP(answer, r)
		s.mu.Lock()
		s.last = answer
		s.mu.Unlock()
	}
	body := answer.Body.Bytes()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	if fault == Truncated {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
}

func reply(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
