package source

import (
	"net/http"
	"strconv"
	"time"
)

// statusError says what an answer without success means, and what to do.
func (r *Response) statusError() *Error {
	now := serverNow(r.Header, time.Now())
	if wait, limited := r.rateLimit(now); limited {
		return r.limited(wait)
	}
	err := r.problem(r.meaning())
	if err.Kind == Transient {
		err.RetryAfter, _ = retryAfter(r.Header, now)
	}
	return err
}

// meaning returns kind, code and message for a status.
func (r *Response) meaning() (kind Kind, code, format string) {
	switch r.Status {
	case http.StatusUnauthorized:
		return Configuration, "unauthorized", "%s answered 401: " +
			"the credential is missing, wrong or expired; put a valid one into the source's options"
	case http.StatusForbidden:
		return Configuration, "forbidden", "%s answered 403: " +
			"the credential may not read this; give it the scope or role that reading projects takes"
	case http.StatusNotFound:
		return Configuration, "not_found", "%s answered 404: " +
			"it is not there, or the credential may not see it; check url, the name of what is listed, and the credential's rights"
	case http.StatusGone:
		return Configuration, "gone", "%s answered 410: " +
			"the service no longer offers this; check url and the name of what is listed"
	case http.StatusMethodNotAllowed:
		return Configuration, "method_not_allowed", "%s answered 405: " +
			"it does not take this request; check url"
	case http.StatusProxyAuthRequired:
		return Configuration, "proxy_auth", "%s answered 407: " +
			"the proxy asks for credentials; put them into the worker's HTTPS_PROXY"
	case http.StatusRequestTimeout, http.StatusTooEarly:
		return Transient, "server_busy", "%s answered " + strconv.Itoa(r.Status) + ": it could not take the request in time"
	}
	switch {
	case r.Status >= 500:
		return Transient, "server_error", "%s answered " + strconv.Itoa(r.Status) + ": the service has a problem of its own"
	case r.Status >= 400:
		return Configuration, "bad_request", "%s answered " + strconv.Itoa(r.Status) + ": it refuses the request; check the source's options"
	}
	return Contract, "unexpected_status", "%s answered with the status " + strconv.Itoa(r.Status) + ", which is neither data nor an error"
}

// rateLimit reports whether the answer asks for patience, and for how long; 0
// when it does not say. GitHub does so with 403 as well as with 429, and a 403
// with neither header is a plain refusal.
func (r *Response) rateLimit(now time.Time) (time.Duration, bool) {
	switch r.Status {
	case http.StatusTooManyRequests:
		if wait, stated := retryAfter(r.Header, now); stated {
			return wait, true
		}
		return resetAfter(r.Header, now), true
	case http.StatusForbidden:
		if wait, stated := retryAfter(r.Header, now); stated {
			return wait, true
		}
		if spent(r.Header) {
			return resetAfter(r.Header, now), true
		}
	}
	return 0, false
}
