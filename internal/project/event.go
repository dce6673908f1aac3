package project

import "time"

// Event is something that went wrong on a job's way, or was done about it.
type Event struct {
	ID int64
	At time.Time
	// Kind tells what it was, e.g. "rate_limit" or "takeover"; Code says it
	// more exactly.
	Kind, Code, Message string
	Retryable           bool
	// Partition is the name of the part of the listing, or nil when it was the
	// job itself.
	Partition *string
	RetryAt   *time.Time
	Sample    *string
}

// Quarantined is a record that could not be read or stored.
type Quarantined struct {
	ID int64
	// ExternalID is nil when not even the id could be read.
	ExternalID *string
	Reason     string
	Partition  string
	Page       int64
	// Payload is the beginning of the record; PayloadBytes is how much of it
	// the table keeps.
	Payload      []byte
	PayloadBytes int
	CreatedAt    time.Time
}
