package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/openapi"
)

// barWidth is the number of cells of the bar.
const barWidth = 16

// bar is a job's progress in one line with a bar, where there is a total to
// draw one against.
func bar(job *openapi.Job) string {
	p := &job.Progress
	if p.Total == nil || *p.Total <= 0 || job.Status == openapi.JobStatusQueued {
		return line(job)
	}
	share := min(1, float64(p.Seen)/float64(*p.Total))
	full := int(share * barWidth)
	cells := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	return fmt.Sprintf("%s  %s  %s %3d%%  %s", job.Source, job.Status, cells, int(share*100), details(job)) //nolint:mnd // percent
}

// line is a job's progress in words.
func line(job *openapi.Job) string {
	return strings.TrimSpace(fmt.Sprintf("%s  %s  %s", job.Source, job.Status, details(job)))
}

// details joins what there is to say about a job that has not finished, the
// most telling first: a narrow terminal cuts the end.
func details(job *openapi.Job) string {
	p := &job.Progress
	var parts []string
	if p.Total != nil {
		parts = append(parts, grouped(p.Seen)+" of "+grouped(*p.Total))
	} else if p.Partitions > 0 {
		parts = append(parts, grouped(p.Seen)+" rows")
	}
	if p.RowsPerSecond != nil && job.Status == openapi.JobStatusRunning {
		parts = append(parts, grouped(int64(*p.RowsPerSecond))+"/s")
	}
	if p.EtaSeconds != nil {
		parts = append(parts, (time.Duration(*p.EtaSeconds)*time.Second).String()+" left")
	}
	if job.WaitingReason != nil {
		parts = append(parts, waiting(job))
	}
	if job.CancelRequestedAt != nil {
		parts = append(parts, "stopping")
	}
	if p.Partitions > 1 {
		parts = append(parts, fmt.Sprintf("%d of %d parts done", p.PartitionsDone, p.Partitions))
	}
	return strings.Join(parts, "  ")
}

// waiting says why a job waits and until when, if that is known: behind another
// job, retry_at is only when somebody looks again.
func waiting(job *openapi.Job) string {
	reason := map[openapi.WaitingReason]string{
		openapi.WaitingReasonRateLimited:       "the source asked to wait",
		openapi.WaitingReasonSourceUnavailable: "the source does not answer",
		openapi.WaitingReasonRetrying:          "trying again",
		openapi.WaitingReasonSourceBusy:        "the job before it is still running",
	}[*job.WaitingReason]
	if job.RetryAt != nil && *job.WaitingReason != openapi.WaitingReasonSourceBusy {
		reason += " until " + job.RetryAt.Local().Format(time.TimeOnly) //nolint:gosmopolitan // for the one who looks
	}
	return reason
}

// grouped formats a number with commas: 1,234,567.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	const group = 3
	for i := len(digits) - group; i > 0 && digits[i-1] != '-'; i -= group {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
