package source

import (
	"errors"
	"fmt"
	"time"
)

// Kind tells what an error means for the job, not where it came from.
type Kind string

const (
	// Configuration: a person must change something; a retry cannot help.
	// 401, 403, 404 on the listing, an unknown host, a certificate that is not
	// trusted, a sign-in page in place of an answer.
	Configuration Kind = "configuration"
	// RateLimit: the service asks to come back later and costs no attempt.
	RateLimit Kind = "rate_limit"
	// Transient: 5xx, time-outs, resets, bodies cut short.
	Transient Kind = "transient"
	// Contract: an answer that does not read as the service documents it.
	Contract Kind = "contract"
	// Expired: the cursor is no longer good, and the partition has to be
	// listed from its start.
	Expired Kind = "expired"
)

// Kinds returns every kind.
func Kinds() []Kind { return []Kind{Configuration, RateLimit, Transient, Contract, Expired} }

// Error is a failure of a source that says what to do about it. Neither the
// message nor the sample ever holds a credential.
type Error struct {
	Kind Kind
	// Code is a stable word for machines, e.g. "unauthorized".
	Code string
	// Message tells a person what happened and what to do.
	Message string
	// RetryAfter is how long the service asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Sample is the beginning of an answer that could not be read.
	Sample string
	// Err is the cause, or nil.
	Err error
}

// Error returns the message and, where there is one, the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error; what is no [*Error] is [Transient],
// because an unknown failure may pass.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Transient
}
