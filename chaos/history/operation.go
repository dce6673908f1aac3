package history

import (
	"fmt"
	"time"

	"holdfast/internal/project"
)

// Kind is what an operation was, as far as its client knows.
type Kind int

// The kinds of operations. A POST for several sources is one operation of each,
// and a retry that was answered with 202 is two: what it says of the old job,
// and the POST.
const (
	// Created is a POST or a retry that was answered with a new job, Coalesced
	// one that joined a job which was queued, and LostPost one of which nobody
	// knows what became of it.
	Created Kind = iota + 1
	Coalesced
	LostPost
	// CancelAccepted is a cancel that was answered with 202, CancelRefused with
	// 409, and LostCancel one of which nobody knows.
	CancelAccepted
	CancelRefused
	LostCancel
	// RetryAccepted and RetryRefused are what a retry says of the old job.
	RetryAccepted
	RetryRefused
	// Saw is an answer that shows a job.
	Saw
	// Decided is a decision about held deletions, made while no job ran.
	Decided
)

// View is what tells a client the state of a job.
type View struct {
	Status project.Status
	// Begun is whether it has started_at, Asked whether cancel_requested_at.
	Begun, Asked bool
}

// Event is what an operation came to.
type Event struct {
	Kind Kind
	// Job is the id of the job; LostPost and Decided have none.
	Job string
	// View is how Saw saw it.
	View View
}

// Operation is an event that took effect at one moment from Call to Return.
type Operation struct {
	Event

	Client, Source string
	// Call and Return have readings of the monotonic clock of one process. An
	// operation whose outcome is unknown has no Return.
	Call, Return time.Time
}

// String is the event in the words of the interface.
func (e Event) String() string {
	switch e.Kind {
	case Created:
		return "POST: new job " + e.Job
	case Coalesced:
		return "POST: joined job " + e.Job + ", which had not begun"
	case LostPost:
		return "POST without an answer"
	case CancelAccepted:
		return "cancel of job " + e.Job + ": 202"
	case CancelRefused:
		return "cancel of job " + e.Job + ": 409, it had ended"
	case LostCancel:
		return "cancel of job " + e.Job + " without an answer"
	case RetryAccepted:
		return "retry of job " + e.Job + ": 202, it had failed or was cancelled"
	case RetryRefused:
		return "retry of job " + e.Job + ": 409, it had neither failed nor was it cancelled"
	case Saw:
		return "saw job " + e.Job + " " + e.View.String()
	case Decided:
		return "decision about deletions: made, no job ran"
	default:
		return fmt.Sprintf("operation of kind %d", e.Kind)
	}
}

// String is the view in words.
func (v View) String() string {
	text := string(v.Status) + ", not started"
	if v.Begun {
		text = string(v.Status) + ", started"
	}
	if v.Asked {
		text += ", cancel requested"
	}
	return text
}

// lost reports whether the outcome is unknown.
func (o *Operation) lost() bool { return o.Kind == LostPost || o.Kind == LostCancel }

// ofJob reports whether the operation is about a job; what an answer without an
// id shows is about one that does not exist.
func (o *Operation) ofJob() bool { return o.Kind != LostPost && o.Kind != Decided }

// String is a line of an excerpt.
func (o *Operation) String() string {
	until := "?"
	if !o.lost() {
		until = clock(o.Return)
	}
	return fmt.Sprintf("%s to %s  %s  %s", clock(o.Call), until, o.Client, o.Event)
}

// clock is a moment as the timelines of the database show it.
func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
