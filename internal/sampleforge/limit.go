package sampleforge

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limiter counts requests in fixed windows, as GitLab's rack-attack does.
type limiter struct {
	RateLimit

	mu     sync.Mutex
	window time.Time
	used   int
}

// exceeded counts a request and reports whether it is one too many, and how
// long the window lasts.
func (l *limiter) exceeded(now time.Time) (wait time.Duration, exceeded bool) {
	if l.Requests <= 0 {
		return 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.window) >= l.Period {
		l.window, l.used = now, 0
	}
	l.used++
	return l.window.Add(l.Period).Sub(now), l.used > l.Requests
}

// tooMany is GitLab's answer to a request above the limit: plain text, and the
// whole seconds to wait.
func tooMany(wait time.Duration) *answer {
	seconds := max(1, int((wait+time.Second-1)/time.Second))
	reply := &answer{status: http.StatusTooManyRequests, header: http.Header{}, body: []byte("Retry later\n")}
	reply.header.Set("Content-Type", "text/plain")
	reply.header.Set("Retry-After", strconv.Itoa(seconds))
	return reply
}
