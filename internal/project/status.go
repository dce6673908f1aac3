package project

import (
	"fmt"
	"slices"
)

// Status is the state of a sync job; see the package comment for the diagram.
type Status string

// The states of a sync job. The last three are terminal.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Waiting   Status = "waiting"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Statuses lists every state in the order of a job's life.
func Statuses() []Status {
	return []Status{Queued, Running, Waiting, Succeeded, Failed, Cancelled}
}

// Terminal reports whether the state is never left.
func (s Status) Terminal() bool { return s == Succeeded || s == Failed || s == Cancelled }

// next lists the states that may follow each state. A running job becomes
// waiting when every unfinished partition waits, and running again when one is
// claimed; only a running job succeeds. One that waited for its predecessor is
// queued again when that one has ended.
func (s Status) next() []Status {
	switch s {
	case Queued:
		return []Status{Running, Waiting, Failed, Cancelled}
	case Running:
		return []Status{Waiting, Succeeded, Failed, Cancelled}
	case Waiting:
		return []Status{Queued, Running, Failed, Cancelled}
	case Succeeded, Failed, Cancelled:
	}
	return nil
}

// To is the one transition function: it returns the new state, or an error
// when a job in state s cannot enter it.
func (s Status) To(next Status) (Status, error) {
	if !slices.Contains(s.next(), next) {
		return s, &TransitionError{From: s, To: next}
	}
	return next, nil
}

// TransitionError tells of a change of state that the rules do not have.
type TransitionError struct{ From, To Status }

// Error names both states.
func (e *TransitionError) Error() string {
	return fmt.Sprintf("a %s job cannot become %s", e.From, e.To)
}

// WaitingReason says why a job or a partition waits.
type WaitingReason string

// The reasons to wait.
const (
	// RateLimited: the service said when to come back; costs no attempt.
	RateLimited WaitingReason = "rate_limited"
	// SourceUnavailable: 5xx, time-outs, resets.
	SourceUnavailable WaitingReason = "source_unavailable"
	// Retrying: an answer that could not be read is asked for again, or what is
	// not the source's doing is tried again.
	Retrying WaitingReason = "retrying"
	// SourceBusy: another job of the same source still has the running slot.
	SourceBusy WaitingReason = "source_busy"
)

// PartitionState is the state of a partition; see the package comment.
type PartitionState string

// The states of a partition. The last two are terminal.
const (
	PartitionReady   PartitionState = "ready"
	PartitionRunning PartitionState = "running"
	PartitionWaiting PartitionState = "waiting"
	PartitionDone    PartitionState = "done"
	PartitionStopped PartitionState = "stopped"
)
