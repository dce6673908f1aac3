package sourcetest

import (
	"bytes"
	"io"
	"maps"
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
	// WrongMethod answers 405, as GitLab does beyond its last offset, and Gone
	// 410, as Bitbucket does for what it has removed.
	WrongMethod Fault = "wrong method"
	Gone        Fault = "gone"
	// Throttled answers 429 with a Retry-After of [ThrottledFor].
	Throttled Fault = "throttled"
	// ServerError answers 500.
	ServerError Fault = "server error"
	// Truncated cuts a right answer short in the middle of its body.
	Truncated Fault = "truncated"
	// SignIn answers 200 with an HTML page that asks for a password, and
	// Maintenance with one that does not. Doorstep answers 203 with a page, as
	// Azure does to a token that it does not take.
	SignIn      Fault = "sign-in page"
	Maintenance Fault = "maintenance page"
	Doorstep    Fault = "page with 203"
	// Null answers 200 with the JSON value null.
	Null Fault = "null for a list"
	// Repeat gives the last right answer again, whatever is asked.
	Repeat Fault = "repeat"
	// Stall takes requests and never answers.
	Stall Fault = "stall"
)

// null is how JSON writes it.
const null = "null"

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
	if canned, ok := cannedAnswers()[fault]; ok {
		w.Header().Set("Content-Type", canned.contentType)
		if fault == Throttled {
			w.Header().Set("Retry-After", strconv.Itoa(int(ThrottledFor.Seconds())))
		}
		w.WriteHeader(canned.status)
		_, _ = io.WriteString(w, canned.body)
		return
	}
	if fault == Stall {
		// Reading to the end lets the server notice when the client leaves.
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-s.closing:
		}
		return
	}
	s.serve(w, r, fault)
}

type cannedAnswer struct {
	status            int
	contentType, body string
}

// cannedAnswers are those of the faults that ask nothing of the handler.
func cannedAnswers() map[Fault]cannedAnswer {
	const isJSON, isHTML = "application/json", "text/html"
	return map[Fault]cannedAnswer{
		Unauthorized: {http.StatusUnauthorized, isJSON, `{"message":"401 Unauthorized"}`},
		Forbidden:    {http.StatusForbidden, isJSON, `{"message":"403 Forbidden"}`},
		NotFound:     {http.StatusNotFound, isJSON, `{"message":"404 Not Found"}`},
		WrongMethod:  {http.StatusMethodNotAllowed, isJSON, `{"error":"Offset pagination has a maximum allowed offset of 50000"}`},
		Gone:         {http.StatusGone, isJSON, `{"type":"error","error":{"message":"Functionality has been deprecated"}}`},
		Throttled:    {http.StatusTooManyRequests, "text/plain", "Retry later\n"},
		ServerError:  {http.StatusInternalServerError, isHTML, "<html>We're sorry"},
		SignIn:       {http.StatusOK, isHTML, `<html><form action="/users/sign_in"><input type="password">`},
		Maintenance:  {http.StatusOK, isHTML, "<html>We will be back soon"},
		Doorstep:     {http.StatusNonAuthoritativeInfo, isHTML, "<html>Welcome"},
		Null:         {http.StatusOK, isJSON, null},
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
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	if fault == Truncated {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
}
