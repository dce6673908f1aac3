package project

import (
	"encoding/json"
	"time"
)

// SourceCheck is a worker's answer to whether it can read a source.
type SourceCheck struct {
	// ID is a UUID version 7 in its canonical text.
	ID         string
	Source     string
	CreatedAt  time.Time
	FinishedAt *time.Time
	// Report is what was found, as JSON, or nil; Error is why the source
	// cannot be read, or nil. Both are nil until a worker has answered.
	Report json.RawMessage
	Error  *JobError
}
