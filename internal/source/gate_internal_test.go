package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a service that answers with the first of its answers, and with the
// last one from there on. It counts the requests.
type limited struct {
	mu      sync.Mutex
	answers []*http.Response
	asked   int
}

func answering(status int, header ...string) *http.Response {
	res := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}}
	for i := 0; i < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

// RoundTrip takes a second, so that requests are under way at the same time, and
// half as long to refuse one.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	res := *l.answers[min(l.asked, len(l.answers)-1)]
	l.asked++
	l.mu.Unlock()
	res.Body = io.NopCloser(strings.NewReader("[]"))
	took := time.Second
	if res.StatusCode != http.StatusOK {
		took /= 2
	}
	return &res, sleep(r.Context(), took)
}

func (l *limited) requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.asked
}

// ask sends a request and returns the wait that a rate limit asks for, or -1
// after an answer.
func ask(t *testing.T, client *Client) time.Duration {
	t.Helper()
	_, err := client.Get(t.Context(), "/", nil)
	e, refused := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return -1
	case !refused || e.Kind != RateLimit || e.Message == "":
		t.Errorf("got %v, want a rate limit", err)
	}
	return e.RetryAfter
}

// TestRateLimitClosesTheSource has four partitions that share a client, one of
// which is refused: the others may have a request under way, and send no other.
func TestRateLimitClosesTheSource(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]*http.Response{
		"429":                   answering(429, "Retry-After", "60"),
		"GitHub's primary":      answering(403, "X-Ratelimit-Remaining", "0", "Ratelimit-Reset", "60"),
		"429 that says nothing": answering(429),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := &limited{answers: []*http.Response{answering(200), answering(200), refusal, answering(200)}}
				client := bubbleClient(t, HTTPOptions{}, service.RoundTrip)
				start := time.Now()
				var partitions sync.WaitGroup
				for range 4 {
					partitions.Go(func() {
						for ask(t, client) < 0 && time.Since(start) < 30*time.Second {
							continue
						}
					})
				}
				partitions.Wait()
				// The four of the first second, and nothing more.
				if asked := service.requests(); asked != 4 || time.Since(start) != time.Second {
					t.Errorf("%d requests within %s, want 4 within 1s", asked, time.Since(start))
				}
				<-time.After(19*time.Second + 500*time.Millisecond)
				if left := ask(t, client); left != 40*time.Second {
					t.Errorf("20s after the refusal: wait %s, want the 40s that are left", left)
				}
				<-time.After(40 * time.Second)
				if left := ask(t, client); left != -1 {
					t.Errorf("after a minute: wait %s, want an answer", left)
				}
			})
		})
	}
}

// TestLastRequestOfAWindow is answered like any other; the next one waits.
func TestLastRequestOfAWindow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		header []string
		wait   time.Duration
	}{
		"GitHub":                  {[]string{"X-Ratelimit-Remaining", "0", "X-Ratelimit-Reset", "2400"}, 40 * time.Minute},
		"GitLab":                  {[]string{"Ratelimit-Remaining", "0", "Ratelimit-Reset", "30"}, 30 * time.Second},
		"Atlassian's servers":     {[]string{"X-Ratelimit-Remaining", "0", "Retry-After", "9"}, 9 * time.Second},
		"requests left":           {[]string{"X-Ratelimit-Remaining", "1", "X-Ratelimit-Reset", "2400"}, -1},
		"nobody knows until when": {[]string{"X-Ratelimit-Remaining", "0"}, -1},
		"slowed down, not spent":  {[]string{"Retry-After", "30"}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := &limited{answers: []*http.Response{answering(200, tc.header...), answering(200)}}
				client := bubbleClient(t, HTTPOptions{}, service.RoundTrip)
				if wait := ask(t, client); wait != -1 {
					t.Fatalf("the last request of the window: wait %s, want an answer", wait)
				}
				if wait := ask(t, client); wait != tc.wait {
					t.Errorf("the next one: wait %s, want %s", wait, tc.wait)
				}
			})
		})
	}
}

// TestShortLimitIsWaitedOut by the request itself: the job would take longer.
func TestShortLimitIsWaitedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := &limited{answers: []*http.Response{
			answering(200, "X-Ratelimit-Remaining", "0", "Retry-After", "4"), answering(200),
		}}
		client := bubbleClient(t, HTTPOptions{}, service.RoundTrip)
		start := time.Now()
		if first, second := ask(t, client), ask(t, client); first != -1 || second != -1 || time.Since(start) != 6*time.Second {
			t.Errorf("waits %s, %s; both answered after %s, want 6s", first, second, time.Since(start))
		}
		client.Heed(&Error{Kind: RateLimit, RetryAfter: 4 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := client.Get(ctx, "/", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

// TestLimitHoldsForRequestsThatWaitForTheirTurn, and for every credential of
// the source.
func TestLimitHoldsForRequestsThatWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := &limited{answers: []*http.Response{answering(429, "Retry-After", "600")}}
		client := bubbleClient(t, HTTPOptions{RequestsPerSecond: 0.5}, service.RoundTrip)
		other, err := client.WithAuth(BearerAuth(NewSecret("another")))
		if err != nil {
			t.Fatal(err)
		}
		var asking sync.WaitGroup
		for _, c := range []*Client{client, client, other, other} {
			asking.Go(func() { ask(t, c) })
		}
		asking.Wait()
		if asked := service.requests(); asked != 1 {
			t.Errorf("%d requests, want one: the others had not been sent when it was refused", asked)
		}
	})
}

// TestHeed closes the source for what only its kind could read in an answer,
// for the longest of several waits and for nothing else.
func TestHeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		service := &limited{answers: []*http.Response{answering(200)}}
		client := bubbleClient(t, HTTPOptions{}, service.RoundTrip)
		client.Heed(&Error{Kind: Transient, RetryAfter: time.Hour})
		if wait := ask(t, client); wait != -1 {
			t.Errorf("after an outage: wait %s, want an answer", wait)
		}
		client.Heed(&Error{Kind: RateLimit, RetryAfter: time.Hour, Message: "an hour"})
		client.Heed(&Error{Kind: RateLimit, RetryAfter: time.Minute, Message: "a minute"})
		if wait := ask(t, client); wait != time.Hour {
			t.Errorf("wait %s, want the hour", wait)
		}
	})
}
