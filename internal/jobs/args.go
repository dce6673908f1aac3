package jobs

import "github.com/riverqueue/river"

// The queues. Plan and finalize tasks have one of their own, so that a sync that
// begins or ends never waits behind slices of listings, and checks have one,
// because a service that does not answer holds each of them for half a minute.
const (
	queueControl = "control"
	queuePages   = "pages"
	queueChecks  = "checks"
)

// planArgs is the task that begins a sync job.
type planArgs struct {
	JobID string `json:"job_id"`
	Epoch int64  `json:"epoch"`
}

// partitionArgs is the task that lists a slice of a partition.
type partitionArgs struct {
	JobID       string `json:"job_id"`
	Source      string `json:"source"`
	PartitionID int64  `json:"partition_id"`
	Epoch       int64  `json:"epoch"`
}

// finalizeArgs is the task that ends a sync job.
type finalizeArgs struct {
	JobID string `json:"job_id"`
	Epoch int64  `json:"epoch"`
}

// The phases of a job that one task carries, as sync_jobs.phase has them.
const (
	phasePlan     = "plan"
	phaseFinalize = "finalize"
)

// taskArgs are those of the task of a phase.
func taskArgs(phase, jobID string, epoch int64) river.JobArgs {
	if phase == phaseFinalize {
		return finalizeArgs{JobID: jobID, Epoch: epoch}
	}
	return planArgs{JobID: jobID, Epoch: epoch}
}

// Kind names the task in River's tables.
func (planArgs) Kind() string { return "plan" }

// InsertOpts gives every task one attempt: what goes on after a failure is
// decided by leases and the reaper, never by River's retries.
func (planArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueControl, MaxAttempts: 1}
}

// Kind names the task in River's tables.
func (partitionArgs) Kind() string { return "partition" }

// InsertOpts gives every task one attempt, see [planArgs.InsertOpts].
func (partitionArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queuePages, MaxAttempts: 1}
}

// Kind names the task in River's tables.
func (finalizeArgs) Kind() string { return "finalize" }

// InsertOpts gives every task one attempt, see [planArgs.InsertOpts].
func (finalizeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueControl, MaxAttempts: 1}
}
