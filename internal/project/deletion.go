package project

import "time"

// PlanState is what became of held deletions.
type PlanState string

// The states of a deletion plan. The last three are terminal.
const (
	PlanHeld     PlanState = "held"
	PlanApproved PlanState = "approved"
	// PlanDiscarded: a person wants the rows kept.
	PlanDiscarded PlanState = "discarded"
	// PlanSuperseded: a later complete listing decided afresh.
	PlanSuperseded PlanState = "superseded"
)

// DeletionPlan is the deletions that one job held back because there were too
// many of them.
type DeletionPlan struct {
	JobID  string
	Source string
	State  PlanState
	// Held is how many rows would have got a tombstone, Live how many live
	// rows the source had then.
	Held, Live int64
	// AbsentRuns is after how many complete listings without it a row counts
	// as gone.
	AbsentRuns int
	CreatedAt  time.Time
	DecidedAt  *time.Time
	DecidedBy  *string
	// Deleted is how many rows got a tombstone on approval.
	Deleted *int64
}
