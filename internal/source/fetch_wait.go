package source

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// minWait: a service that says "now" is asked again a moment later.
	minWait = time.Second
	// maxWait is as long as the longest window of a known service. Whoever
	// states more is asked again after this, which costs one request.
	maxWait = time.Hour
)

// serverNow is the time on the service's clock, by which it states when to
// come back; the local time where it does not tell.
func serverNow(h http.Header, local time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return local
}

// retryAfter reads a Retry-After header in both its forms, seconds and a date.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	// Fractions are not in the standard, but some services send them.
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		return clampSeconds(seconds), true
	}
	if date, err := http.ParseTime(value); err == nil {
		return clamp(date.Sub(now)), true
	}
	return 0, false
}

// resetAfter reads when a rate limit's window ends; 0 when no header says so.
// The number is a time in Unix seconds at GitHub and GitLab, in milliseconds
// at some, and a number of seconds from now in the IETF's draft.
func resetAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{
		"RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset",
		"X-RateLimit-Requests-Reset", // Linear
	} {
		value, err := strconv.ParseFloat(strings.TrimSpace(h.Get(name)), 64)
		switch {
		case err != nil || !(value >= 0):
			continue
		case value >= 1e11:
			return clampSeconds(value/1e3 - float64(now.Unix()))
		case value >= 1e8:
			return clampSeconds(value - float64(now.Unix()))
		}
		return clampSeconds(value)
	}
	return 0
}

// spent reports whether the headers say that no request is left.
func spent(h http.Header) bool {
	for _, name := range []string{"RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"} {
		if strings.TrimSpace(h.Get(name)) == "0" {
			return true
		}
	}
	return false
}

// announced is how long an answer of success asks to wait before the next
// request, because it spent the last one of its window; 0 when it does not, or
// does not say until when.
func (r *Response) announced(local time.Time) time.Duration {
	if !spent(r.Header) {
		return 0
	}
	now := serverNow(r.Header, local)
	if wait, stated := retryAfter(r.Header, now); stated {
		return wait
	}
	return resetAfter(r.Header, now)
}

// clampSeconds compares before it converts: a float beyond the range of a
// duration would turn into any number at all.
func clampSeconds(seconds float64) time.Duration {
	switch {
	case !(seconds > minWait.Seconds()):
		return minWait
	case seconds > maxWait.Seconds():
		return maxWait
	}
	return time.Duration(seconds * float64(time.Second))
}

func clamp(d time.Duration) time.Duration { return min(max(d, minWait), maxWait) }
