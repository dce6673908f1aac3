package api

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// maxRequestID is how long a request id of a client may be; a longer one, or
// one with odd characters, is replaced.
const maxRequestID = 128

// identify gives every request an id: the client's own if it sent a decent one.
func identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if len(id) > maxRequestID || !visible(id) {
			id = rand.Text()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// requestID returns what identify gave.
func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// visible reports whether a text consists of visible ASCII characters, at
// least one.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

// accessLog writes one line a request. The query is left out: nothing secret
// belongs there, so somebody will put it there. Probes are not worth a line.
func accessLog(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			begin := time.Now()
			if err := next(c); err != nil {
				c.Error(err) // answers, so that the status below is the one that was sent
			}
			request, response := c.Request(), c.Response()
			level := slog.LevelInfo
			if path := c.Path(); path == "/livez" || path == "/readyz" || path == "/metrics" {
				level = slog.LevelDebug
			}
			log.Log(request.Context(), level, "request",
				"request_id", requestID(c), "method", request.Method, "path", request.URL.Path, "route", c.Path(),
				"status", response.Status, "bytes", response.Size, "duration", time.Since(begin),
				"remote_ip", c.RealIP(), "caller", callerOf(request.Context()).name)
			return nil
		}
	}
}

// secure sets headers that keep browsers from misreading answers. Nothing here
// is for a shared cache; a job's answer says more.
func secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// recovered turns a panic into an error that tells the client nothing and the
// log everything.
func recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch reason := recover(); reason {
			case nil:
			case http.ErrAbortHandler: // net/http's own way to cut a connection
				panic(reason)
			default:
				err = internalError(fmt.Errorf("panic: %v\n%s", reason, debug.Stack()))
			}
		}()
		return next(c)
	}
}

// sameOrigin refuses what a browser sends for a page of another origin. A POST
// needs no body here, so without this any web page could start syncs on the
// machine of whoever looks at it.
func sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if err := protection.Check(c.Request()); err != nil {
			return crossOrigin(err)
		}
		return next(c)
	}
}
