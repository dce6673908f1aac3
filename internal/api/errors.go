package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"holdfast/internal/project"
	"holdfast/internal/store"
)

// statusClientGone is what the log shows for a request whose client did not
// wait for the answer.
const statusClientGone = 499

// errorHandler answers every error as a problem: the one place where errors
// become HTTP.
func errorHandler(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		if c.Request().Context().Err() != nil && errors.Is(err, context.Canceled) {
			// Without a status net/http would send 200, should anybody be left.
			c.Response().WriteHeader(statusClientGone)
			return
		}
		p := problemOf(err, c)
		if p.status >= http.StatusInternalServerError {
			log.ErrorContext(c.Request().Context(), "request failed", "request_id", requestID(c), "code", p.code, "error", err)
		}
		if err := p.write(c); err != nil {
			log.WarnContext(c.Request().Context(), "problem not sent", "request_id", requestID(c), "error", err)
		}
	}
}

// problemOf finds the problem for an error.
func problemOf(err error, c echo.Context) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if p := domainProblem(err); p != nil {
		return p.because(err)
	}
	if httpErr, ok := errors.AsType[*echo.HTTPError](err); ok {
		return routerProblem(httpErr, c)
	}
	if store.IsUnavailable(err) {
		return databaseUnavailable(err)
	}
	return internalError(err)
}

// domainProblem knows the errors of package project, or returns nil.
func domainProblem(err error) *problem {
	switch {
	case errors.Is(err, project.ErrNotFound):
		return notFound("There is no job of this id (any more): GET /api/v1/sync/jobs lists those that are kept.")
	case errors.Is(err, project.ErrKeyReused):
		return keyReused()
	case errors.Is(err, project.ErrKeyInFlight):
		return conflict("idempotency_key_in_flight", "A request with this Idempotency-Key is being worked on",
			"Another request with this Idempotency-Key has not been answered yet; send this one again in a second to get its answer.").
			retryAfter(0)
	case errors.Is(err, project.ErrOutcomeUnknown):
		return outcomeUnknown(err)
	case errors.Is(err, project.ErrJobFinished):
		return conflict("job_finished", "The job has finished",
			"A finished job cannot be cancelled. Rows that it committed stay; GET the job to see how it ended.")
	case errors.Is(err, project.ErrNotRetryable):
		return conflict("not_retryable", "The job cannot be run again",
			"Only a failed or cancelled job can be run again; to sync its source now, POST /api/v1/sync/projects.")
	case errors.Is(err, project.ErrNothingHeld):
		return conflict("nothing_held", "No deletions are held",
			"This job holds no deletions that wait for a decision: GET its deletions to see what became of them.")
	case errors.Is(err, project.ErrSyncRunning):
		return conflict("sync_running", "A sync of the source is running",
			"A sync of this source is changing the rows right now; decide when it has finished.").retryAfter(unavailableFor)
	}
	return nil
}

// routerProblem knows the errors of echo and of the generated code that reads
// parameters.
func routerProblem(err *echo.HTTPError, c echo.Context) *problem {
	switch err.Code {
	case http.StatusNotFound:
		return unknownRoute(c.Request().URL.EscapedPath())
	case http.StatusMethodNotAllowed:
		return methodNotAllowed(c.Request().Method, c.Response().Header().Get(echo.HeaderAllow))
	case http.StatusBadRequest:
		return invalidParameter(fmt.Sprint(err.Message)).because(err)
	}
	return internalError(err)
}
