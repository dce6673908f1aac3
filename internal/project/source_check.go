package project

import "time"

// SourceCheck is a worker's answer to whether it can read a source.
type SourceCheck struct {
	// ID is a UUID version 7 in its canonical text.
	ID         string
	Source     string
	CreatedAt  time.Time
	FinishedAt *time.Time
	// Report is what was found, or nil; Error is why the source cannot be
	// read, or nil. Both are nil until a worker has answered.
	Report *SourceReport
	Error  *JobError
}

// SourceReport is what a source says about its service and its credentials.
// None of it is a secret.
type SourceReport struct {
	// Service names what answered, with its version if it says so.
	Service string `json:"service"`
	// Account is whom the credentials belong to; empty without credentials.
	Account string `json:"account,omitempty"`
	// Scopes are the rights that the service says the credentials have.
	Scopes []string `json:"scopes,omitempty"`
	// Missing are rights that a complete listing needs and that are lacking.
	Missing []string `json:"missing,omitempty"`
	// Projects is how many projects the listing would have, as the service
	// states it, or nil.
	Projects *int64 `json:"projects,omitempty"`
	// Notes tell a person what else to know, e.g. what the listing cannot see.
	Notes []string `json:"notes,omitempty"`
}

// Status is how a check stands.
func (c *SourceCheck) Status() CheckStatus {
	if c.FinishedAt == nil {
		return CheckRunning
	}
	return CheckOutcome(c.Report, c.Error)
}

// CheckStatus is the state of a check.
type CheckStatus string

// The states of a check.
const (
	CheckRunning CheckStatus = "running"
	CheckOK      CheckStatus = "ok"
	CheckFailed  CheckStatus = "failed"
)

// CheckOutcome is the verdict on a source: it is ok when a sync would list all
// of it, so rights that are missing count as a failure although it answers.
func CheckOutcome(report *SourceReport, failure *JobError) CheckStatus {
	if failure != nil || report == nil || len(report.Missing) > 0 {
		return CheckFailed
	}
	return CheckOK
}
