package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// Every problem that a client can be told of. Codes and titles never change;
// details may get better.

// 400: the request cannot be read.

func invalidJSON(detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: "invalid_json", title: "The body is not valid JSON", detail: detail}
}

func invalidParameter(detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: "invalid_parameter", title: "A parameter cannot be read", detail: detail}
}

func unknownParameter(name string, known []string) *problem {
	detail := fmt.Sprintf("There is no query parameter %q here; leave it out.", name)
	if len(known) > 0 {
		detail = fmt.Sprintf("There is no query parameter %q here. Known ones: %s.", name, strings.Join(known, ", "))
	}
	return &problem{status: http.StatusBadRequest, code: "unknown_parameter", title: "Unknown query parameter", detail: detail}
}

func invalidID(detail string) *problem {
	return &problem{status: http.StatusBadRequest, code: "invalid_id", title: "The id cannot be read", detail: detail}
}

func invalidPageToken() *problem {
	return &problem{
		status: http.StatusBadRequest, code: "invalid_page_token", title: "The page token cannot be used",
		detail: "page_token must be the next_page_token of the page before, asked for with the same filters; leave it out to start again.",
	}
}

func invalidKey(detail string) *problem {
	return &problem{
		status: http.StatusBadRequest, code: "invalid_idempotency_key", title: "The Idempotency-Key cannot be read", detail: detail,
	}
}

func unreadableBody(err error) *problem {
	return (&problem{
		status: http.StatusBadRequest, code: "unreadable_body", title: "The body did not arrive whole",
		detail: "The connection ended or stalled before the body was complete; send the request again.",
	}).because(err)
}

// 401 and 403: who asks.

func unauthorized(detail string) *problem {
	return (&problem{
		status: http.StatusUnauthorized, code: "unauthorized", title: "A token is needed", detail: detail,
	}).with(echo.HeaderWWWAuthenticate, `Bearer realm="holdfast"`)
}

func forbidden(caller string) *problem {
	return &problem{
		status: http.StatusForbidden, code: "forbidden", title: "The token's role may not do this",
		detail: fmt.Sprintf("The token %q is a reader; this needs one with the role operator.", caller),
	}
}

func crossOrigin(err error) *problem {
	return (&problem{
		status: http.StatusForbidden, code: "cross_origin", title: "A web page of another origin may not do this",
		detail: "A browser sent this request on behalf of a page of another origin. Send it from a program, or from a page of this origin.",
	}).because(err)
}

// 404 and 405: what is asked for.

func unknownRoute(path string) *problem {
	why := ""
	if len(path) > 1 && strings.HasSuffix(path, "/") {
		why = ": no path ends with a slash here"
	}
	return &problem{
		status: http.StatusNotFound, code: "unknown_route", title: "There is nothing at this path",
		detail: fmt.Sprintf("There is nothing at %s%s. GET /openapi.yaml describes every path.", path, why),
	}
}

func methodNotAllowed(method, allow string) *problem {
	return (&problem{
		status: http.StatusMethodNotAllowed, code: "method_not_allowed", title: "The path does not know this method",
		detail: fmt.Sprintf("This path does not know the method %s, only %s.", method, allow),
	}).with(echo.HeaderAllow, allow)
}

func notFound(detail string) *problem {
	return &problem{status: http.StatusNotFound, code: "not_found", title: "There is nothing of this id", detail: detail}
}

func unknownSource(name string, configured []Source) *problem {
	detail := fmt.Sprintf("There is no source %q, and none is configured: add one under sources in the configuration and restart.", name)
	if len(configured) > 0 {
		detail = fmt.Sprintf("There is no source %q. Configured sources: %s.", name, names(configured))
	}
	return &problem{status: http.StatusNotFound, code: "unknown_source", title: "Unknown source", detail: detail}
}

// names joins the sources' names; a list that nobody would read to its end is
// cut.
func names(sources []Source) string {
	const enough = 20
	list := make([]string, 0, enough)
	for i, s := range sources {
		if i == enough {
			return fmt.Sprintf("%s and %d more (GET /api/v1/sources)", strings.Join(list, ", "), len(sources)-enough)
		}
		list = append(list, s.Name)
	}
	return strings.Join(list, ", ")
}

// 409: the state that things are in.

func conflict(code, title, detail string) *problem {
	return &problem{status: http.StatusConflict, code: code, title: title, detail: detail}
}

// 413, 415 and 422: bodies that are complete but unusable.

func tooLarge(limit int64) *problem {
	return &problem{
		status: http.StatusRequestEntityTooLarge, code: "body_too_large", title: "The body is too large",
		detail: fmt.Sprintf("The body may have %d bytes at most.", limit),
	}
}

func unsupportedMediaType(got string) *problem {
	detail := "The body has no Content-Type; send Content-Type: application/json, or no body."
	if got != "" {
		detail = fmt.Sprintf("The body's Content-Type is %q; send application/json, or no body.", got)
	}
	return &problem{
		status: http.StatusUnsupportedMediaType, code: "unsupported_media_type", title: "The body must be application/json", detail: detail,
	}
}

func unsupportedEncoding(got string) *problem {
	return &problem{
		status: http.StatusUnsupportedMediaType, code: "unsupported_encoding", title: "The body must not be compressed",
		detail: fmt.Sprintf("The body's Content-Encoding is %s; send it as it is, without one.", got),
	}
}

func invalidBody(detail string) *problem {
	return &problem{
		status: http.StatusUnprocessableEntity, code: "invalid_body", title: "The body does not say what is needed", detail: detail,
	}
}

func sourceDisabled(name string) *problem {
	return &problem{
		status: http.StatusUnprocessableEntity, code: "source_disabled", title: "The source is disabled",
		detail: fmt.Sprintf("The source %q has enabled: false in the configuration; change that and restart.", name),
	}
}

func nothingToSync() *problem {
	return &problem{
		status: http.StatusUnprocessableEntity, code: "no_source", title: "There is no source to sync",
		detail: "No source is configured and enabled: add one under sources in the configuration and restart.",
	}
}

func keyReused() *problem {
	return &problem{
		status: http.StatusUnprocessableEntity, code: "idempotency_key_reused", title: "The Idempotency-Key belongs to another request",
		detail: "This Idempotency-Key was used with another request in the last 24 hours; use a new key for a new request.",
	}
}

// 429, 500 and 503: not now, or not at all.

func tooManyRequests(after time.Duration) *problem {
	return (&problem{
		status: http.StatusTooManyRequests, code: "too_many_requests", title: "This caller asks too often",
		detail: "You have sent more POSTs a second than api.rate_limit allows; wait as long as Retry-After says.",
	}).retryAfter(after)
}

func internalError(err error) *problem {
	return (&problem{
		status: http.StatusInternalServerError, code: "internal", title: "Something went wrong here",
		detail: "This should not happen. The log of holdfast-api has the reason under this request_id.",
	}).because(err)
}

func databaseUnavailable(err error) *problem {
	return (&problem{
		status: http.StatusServiceUnavailable, code: "database_unavailable", title: "The database does not answer",
		detail: "The database is out of reach or overloaded, and nothing was done; try again after a moment.",
	}).because(err).retryAfter(unavailableFor)
}

func outcomeUnknown(err error) *problem {
	return (&problem{
		status: http.StatusServiceUnavailable, code: "outcome_unknown", title: "Nobody knows whether the request was committed",
		detail: "The connection to the database was lost during the commit. Send the same request with the same Idempotency-Key to find " +
			"out; without a key, sending it again is harmless too: a job that is still queued takes it in.",
	}).because(err).retryAfter(unavailableFor)
}

func notReady(detail string, err error) *problem {
	return (&problem{
		status: http.StatusServiceUnavailable, code: "not_ready", title: "Send no requests here now", detail: detail,
	}).because(err).retryAfter(unavailableFor)
}

// unavailableFor is what a client is asked to wait when nobody knows how long
// it will take: a database restarts in seconds.
const unavailableFor = 2 * time.Second
