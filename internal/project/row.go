package project

import (
	"encoding/json"
	"time"
)

// Row is a mirrored project as it stands in the table projects.
type Row struct {
	Project

	// ID is Holdfast's own; it never changes.
	ID            int64
	Source        string
	FirstSeenAt   time.Time
	LastChangedAt time.Time
	// DeletedAt is when the row got its tombstone, or nil.
	DeletedAt     *time.Time
	DeletedReason *string
	DeletedByJob  *string
}

// RowDetail is a row with the service's own record.
type RowDetail struct {
	Row

	Payload     json.RawMessage
	ContentHash []byte
}

// Change is one change of a row, as its history keeps it.
type Change struct {
	ID        int64
	JobID     *string
	ChangedAt time.Time
	// Kind is created, updated, renamed, deleted or restored.
	Kind string
	// Fields is {"column": {"old": …, "new": …}}, or nil.
	Fields json.RawMessage
}
