package store

import "errors"

// ErrFenced is returned when a lease's epoch is no longer current: somebody
// else holds the work now, and whoever gets this stops without a word.
var ErrFenced = errors.New("fenced: the epoch is no longer current")

// Lease is the right to work on a partition, or on a job's plan or finalize
// task, for as long as its epoch is current.
type Lease struct {
	JobID  string
	Source string
	// PartitionID is 0 for the lease of a job.
	PartitionID int64
	Epoch       int64
}
