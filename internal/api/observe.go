package api

import (
	"time"

	"github.com/labstack/echo/v4"
)

// Observer is told what the server did, for metrics. Its methods are called by
// many goroutines at once and must not block.
type Observer interface {
	// Answered: a request to a route's pattern was answered.
	Answered(route, method string, status int, took time.Duration)
	// Enqueued: a POST led to a new job of one source, or was taken in by one
	// that is still queued.
	Enqueued(coalesced bool)
}

// unobserved is the observer of a server that has none.
type unobserved struct{}

func (unobserved) Answered(string, string, int, time.Duration) {}
func (unobserved) Enqueued(bool)                               {}

// unmatched stands for the paths that no route has: a client may make up as
// many as it likes.
const unmatched = "none"

// observed tells the observer of each request. It comes before the access log,
// which answers errors, so that the status is the one that was sent.
func observed(observer Observer, table []route) echo.MiddlewareFunc {
	patterns := make(map[string]bool, len(table))
	for _, r := range table {
		patterns[r.path] = true
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			begin := time.Now()
			err := next(c)
			route := c.Path()
			if !patterns[route] {
				route = unmatched
			}
			observer.Answered(route, c.Request().Method, c.Response().Status, time.Since(begin))
			return err
		}
	}
}
