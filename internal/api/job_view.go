package api

import (
	"math"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// jobView is a job as clients see it. It depends on the job alone, not on the
// time of asking, so that equal rows have equal ETags.
func jobView(j *project.Job, coalesced bool) openapi.Job {
	return openapi.Job{
		ID:                j.ID,
		Kind:              openapi.JobKind(j.Kind),
		Source:            j.Source,
		Status:            openapi.JobStatus(j.Status),
		Mode:              openapi.JobMode(j.Mode),
		Trigger:           openapi.JobTrigger(j.Trigger),
		RetryOf:           j.RetryOf,
		CreatedAt:         j.CreatedAt.UTC(),
		StartedAt:         utc(j.StartedAt),
		FinishedAt:        utc(j.FinishedAt),
		HeartbeatAt:       utc(j.HeartbeatAt),
		RetryAt:           utc(j.RetryAt),
		WaitingReason:     (*openapi.WaitingReason)(j.WaitingReason),
		CancelRequestedAt: utc(j.CancelRequestedAt),
		Coalesced:         coalesced,
		Progress:          progressView(j),
		Counts:            openapi.Counts(j.Counts),
		Listing:           openapi.Listing{Complete: j.ListingComplete, IncompleteReason: j.IncompleteReason},
		Deletions:         openapi.JobDeletions{Held: j.Held},
		Receipt:           (*openapi.Receipt)(j.Receipt),
		Error:             (*openapi.JobError)(j.Error),
		Links:             jobLinks(j),
	}
}

func progressView(j *project.Job) openapi.Progress {
	perSecond := rowsPerSecond(j)
	return openapi.Progress{
		PartitionsDone: j.Progress.PartitionsDone,
		Partitions:     j.Progress.Partitions,
		Pages:          j.Progress.Pages,
		Seen:           j.Progress.Seen,
		Total:          j.Progress.Total,
		RowsPerSecond:  perSecond,
		EtaSeconds:     eta(j, perSecond),
	}
}

// rowsPerSecond is the mean over the job's life so far, to one decimal, or nil
// when there is nothing to divide by.
func rowsPerSecond(j *project.Job) *float64 {
	if j.StartedAt == nil || j.HeartbeatAt == nil {
		return nil
	}
	seconds := j.HeartbeatAt.Sub(*j.StartedAt).Seconds()
	if seconds <= 0 {
		return nil
	}
	return new(math.Round(float64(j.Progress.Seen)/seconds*10) / 10) //nolint:mnd // one decimal
}

// eta is how long the rest of the listing takes at that speed. Without a total
// that the source stated, or while nothing moves, nobody knows.
func eta(j *project.Job, perSecond *float64) *int64 {
	if j.Status != project.Running || j.Progress.Total == nil || perSecond == nil || *perSecond == 0 {
		return nil
	}
	rest := max(0, *j.Progress.Total-j.Progress.Seen)
	return new(int64(math.Ceil(float64(rest) / *perSecond)))
}

// jobLinks leaves out what would be refused.
func jobLinks(j *project.Job) openapi.JobLinks {
	self := "/api/v1/sync/jobs/" + j.ID
	links := openapi.JobLinks{Self: self, Events: self + "/events", Quarantine: self + "/quarantine"}
	if !j.Status.Terminal() {
		links.Cancel = new(self + "/cancel")
	}
	if j.Status == project.Failed || j.Status == project.Cancelled {
		links.Retry = new(self + "/retry")
	}
	if j.Held > 0 {
		links.Deletions = new(self + "/deletions")
	}
	return links
}

// finished reports whether a job will never change again.
func finished(j *openapi.Job) bool { return project.Status(j.Status).Terminal() }

// maxNextLook keeps clients from sleeping through a job that is cancelled, or
// whose source recovers early.
const maxNextLook = 30

// nextLook is the Retry-After of a job in seconds, or nil when it has finished.
func nextLook(j *openapi.Job, now time.Time) *int {
	if finished(j) {
		return nil
	}
	if j.Status == openapi.JobStatusWaiting && j.RetryAt != nil {
		return new(min(maxNextLook, wholeSeconds(j.RetryAt.Sub(now))))
	}
	return new(1)
}

// utc keeps the server's time zone out of answers and ETags.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}
