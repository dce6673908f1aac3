package api

import (
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"holdfast/internal/openapi"
)

// problemType is what every problem's type begins with; its code follows. It
// is a name, not an address: the codes are described in openapi.yaml.
const problemType = "urn:holdfast:problem:"

// problem is an error that knows what to tell the client. problems.go makes
// them.
type problem struct {
	status int
	// code is stable and for programs, title says the same to people.
	code, title string
	// detail says what happened in this case and what to do.
	detail string
	// header is added to the answer; it may be nil.
	header http.Header
	// cause is for the log only; it may be nil.
	cause error
}

// Error is for the log: the cause, or the detail where there is none.
func (p *problem) Error() string {
	if p.cause == nil {
		return p.detail
	}
	return p.cause.Error()
}

// Unwrap returns the cause.
func (p *problem) Unwrap() error { return p.cause }

// because returns the problem with its cause.
func (p *problem) because(err error) *problem {
	p.cause = err
	return p
}

// with returns the problem with a header for its answer.
func (p *problem) with(name, value string) *problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// retryAfter returns the problem with the time after which to ask again.
func (p *problem) retryAfter(d time.Duration) *problem {
	return p.with(echo.HeaderRetryAfter, strconv.Itoa(wholeSeconds(d)))
}

// wholeSeconds rounds up, to at least one: Retry-After has no fractions, and 0
// would ask for a storm.
func wholeSeconds(d time.Duration) int {
	return max(1, int(math.Ceil(d.Seconds())))
}

// write sends the problem as the answer.
func (p *problem) write(c echo.Context) error {
	maps.Copy(c.Response().Header(), p.header)
	body, err := json.Marshal(openapi.Problem{
		Type: problemType + p.code, Title: p.title, Status: p.status, Code: p.code, Detail: p.detail,
		Instance: c.Request().URL.EscapedPath(), RequestID: requestID(c),
	})
	if err != nil {
		return err
	}
	return c.Blob(p.status, "application/problem+json", body)
}
