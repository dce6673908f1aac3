package main

import (
	"context"
	"errors"
	"fmt"

	"holdfast/internal/openapi"
)

// The exit codes; usage documents them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitRefused     = 4
	exitInterrupted = 130
)

// errJobFailed is returned for a watched job that did not succeed; what there
// is to say about it has been printed.
var errJobFailed = errors.New("the job did not succeed")

// refusal is an answer of the API that is not the one that was asked for.
type refusal struct {
	status  int
	problem openapi.Problem
	// redirect says where the answer points to, if it does.
	redirect string
}

// errForeign is an answer that some other server gave.
var errForeign = &refusal{}

// Error returns what the API says.
func (r *refusal) Error() string {
	if r.redirect != "" {
		return r.redirect
	}
	if r.status == 0 {
		return "the answer is not from Holdfast; check --url"
	}
	if r.problem.Detail == "" {
		return fmt.Sprintf("the answer was %d, and not from Holdfast; check --url", r.status)
	}
	return fmt.Sprintf("%s: %s (%s, request %s)", r.problem.Title, r.problem.Detail, r.problem.Code, r.problem.RequestID)
}

// unreachableError is a request that got no answer.
type unreachableError struct {
	url   string
	cause error
}

// Error says where nobody answered.
func (e *unreachableError) Error() string {
	return fmt.Sprintf("no answer from %s: is holdfast-api running there, or is --url wrong? (%v)", e.url, e.cause)
}

// Unwrap returns the cause.
func (e *unreachableError) Unwrap() error { return e.cause }

// complaint is what to print about an error, or empty.
func complaint(err error) string {
	if err == nil || failed(err) || errors.Is(err, context.Canceled) {
		return ""
	}
	return err.Error()
}

// failed reports whether the command did its work and what it asked about has
// failed; that has been printed.
func failed(err error) bool { return errors.Is(err, errJobFailed) || errors.Is(err, errCheckFailed) }

func exitCode(ctx context.Context, err error) int {
	_, refused := errors.AsType[*refusal](err)
	_, called := errors.AsType[*callError](err)
	_, unreachable := errors.AsType[*unreachableError](err)
	_, unanswered := errors.AsType[*unansweredError](err)
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil:
		return exitInterrupted
	case called:
		return exitUsage
	case refused:
		return exitRefused
	case unreachable, unanswered:
		return exitUnreachable
	}
	return exitFailed
}
