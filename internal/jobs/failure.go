package jobs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// The limits of patience with a source.
const (
	// maxFailures is how many failures in a row, without a committed page
	// between them, end a job.
	maxFailures = 10
	// maxRestarts is how often a partition may begin again because its cursor
	// expired.
	maxRestarts = 3
	// maxContract is how many answers in a row that nobody can read end a job:
	// unlike an outage they seldom pass.
	maxContract = 3
	// Backoff doubles from firstBackoff to maxBackoff, with jitter.
	maxBackoff = 5 * time.Minute
	// maxStorageBackoff is as far as it grows when Postgres fails. A wait spares
	// a service that other people run, but here it only keeps the work away
	// from a database that is back: with the two or three seconds in which a
	// task comes due, every partition goes on within ten. In exchange it may
	// fail more often, so that a lock or a full disk of five minutes is waited
	// for as an outage of a source is.
	maxStorageBackoff  = 4 * time.Second
	maxStorageFailures = 60
	// maxWait bounds what a service may ask for, so that one absurd header
	// does not park a job for a year.
	maxWait = 24 * time.Hour
	// maxMessage and maxSample bound what is kept of an error, in bytes.
	maxMessage, maxSample = 2000, 512
)

// The codes of failures that are not the source's. Nobody is helped by reading
// that the source is unavailable when it is not.
const (
	codeUnknownSource = "unknown_source"
	codeStorage       = "storage_failed"
	codeWorkerLost    = "worker_lost"
)

// failure is what an error of a source means for the job.
type failure struct {
	kind      source.Kind
	code      string
	message   string
	sample    string
	retryable bool
	// storage says that it was Postgres that failed, not the source.
	storage bool
	// after is what the service asked to wait; 0 if it did not.
	after time.Duration
}

// failureOf reads an error of a source. What is no [*source.Error] may pass.
func failureOf(err error) failure {
	f := failure{kind: source.KindOf(err), code: "source_failed", message: clip(err.Error(), maxMessage)}
	if e, ok := errors.AsType[*source.Error](err); ok {
		f.code, f.after, f.sample = e.Code, e.RetryAfter, clip(e.Sample, maxSample)
	}
	f.retryable = f.kind != source.Configuration
	return f
}

// fatal reports whether the failure ends the job: at once when only a person
// can help, or as the last of too many in a row. before counts the failures
// that went before it without a committed page between them.
func (f failure) fatal(before, restarts int) bool {
	switch f.kind {
	case source.Configuration:
		return true
	case source.RateLimit:
		return false
	case source.Contract:
		return before+1 >= maxContract
	case source.Expired:
		return restarts >= maxRestarts
	case source.Transient:
	}
	if f.storage {
		return before+1 >= maxStorageFailures
	}
	return before+1 >= maxFailures
}

// reason is what the job says while it waits.
func (f failure) reason() project.WaitingReason {
	switch f.kind {
	case source.RateLimit:
		return project.RateLimited
	case source.Transient:
		if f.code != codeUnknownSource && !f.storage {
			return project.SourceUnavailable
		}
	case source.Configuration, source.Contract, source.Expired:
	}
	return project.Retrying
}

// wait is how long to stay away: as long as the service asks, else an
// exponential backoff with jitter over the failures that went before.
func (f failure) wait(first time.Duration, before int) time.Duration {
	switch {
	case f.after > 0:
		return min(f.after, maxWait)
	case f.kind == source.RateLimit:
		return source.UnstatedWait
	case f.kind == source.Expired:
		return 0
	}
	longest := maxBackoff
	if f.storage {
		longest = maxStorageBackoff
	}
	backoff := min(first<<min(before, 20), longest)
	return backoff/2 + rand.N(backoff/2+1) //nolint:gosec // jitter needs no secrecy
}

// unknownSource is the failure of a job whose source the worker does not have.
// It may pass: while a new configuration is rolled out, the next worker to try
// may have it.
func unknownSource(name string) failure {
	return failure{
		kind: source.Transient, code: codeUnknownSource, retryable: true,
		message: fmt.Sprintf("the worker's configuration has no source %q: add it, or give API and worker the same file", name),
	}
}

// storageFailure is a failure of Postgres to do what a task asked of it: not the
// source's fault, and met with as much patience. When Postgres is out of reach
// even this cannot be recorded; then the lease runs out and the reaper passes
// the work on.
func storageFailure(what string, err error) failure {
	return failure{
		kind: source.Transient, code: codeStorage, retryable: true, storage: true,
		message: clip("Postgres could not "+what+": "+err.Error(), maxMessage),
	}
}

// clip cuts text to a number of bytes, at a character, and leaves out what
// Postgres cannot store.
func clip(text string, limit int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "…"
}
