package project

import "time"

// SourceState is how a source is doing, as far as the database knows.
type SourceState struct {
	Name string
	// RetryAt is until when no request goes to the source, or nil.
	RetryAt     *time.Time
	RetryReason *string
	// ConfigFailures counts jobs in a row that failed for a reason that only a
	// person can mend.
	ConfigFailures int
	LastJob        *Job
	// LastSuccess is the id of the last job that succeeded, or empty;
	// LastSuccessAt is when it did.
	LastSuccess   string
	LastSuccessAt *time.Time
	// LastReceipt is the last one that was written, or nil.
	LastReceipt *Receipt
}

// SourceFigures are the numbers about a source that are worth a graph.
type SourceFigures struct {
	Name string
	// ConfigFailures is as in [SourceState].
	ConfigFailures int64
	// LastSuccessAt is when a job last succeeded, or nil.
	LastSuccessAt *time.Time
	// HeldDeletions are the deletions that wait for a person.
	HeldDeletions int64
	// Queued, Running and Waiting are the jobs in these states; one that waits
	// for the job before it counts as queued.
	Queued, Running, Waiting int64
}
