package main

import (
	"fmt"
	"strings"
	"time"

	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// printSummary prints what there is to know about a job, and what to do next.
func (a *app) printSummary(job *openapi.Job) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s%s\n", job.ID, job.Source, job.Status, duration(job))
	if !finished(job) {
		fmt.Fprintf(&b, "  progress    %s\n", orDash(details(job)))
	}
	c := &job.Counts
	fmt.Fprintf(&b, "  rows        %s\n", counts(
		count{c.Created, "created"}, count{c.Updated, "updated"}, count{c.Unchanged, "unchanged"},
		count{c.Restored, "restored"}, count{c.Deleted, "deleted"}))
	if left := counts(count{c.Absent, "absent"}, count{c.Duplicates, "duplicates"}, count{c.Quarantined, "quarantined"}); left != "none" {
		fmt.Fprintf(&b, "  besides     %s\n", left)
	}
	writeProof(&b, job)
	if e := job.Error; e != nil {
		fmt.Fprintf(&b, "  error       %s (%s)\n", oneLine(e.Message), e.Code)
		fmt.Fprintf(&b, "  see         holdfast events %s\n", job.ID)
	}
	if job.Deletions.Held > 0 {
		fmt.Fprintf(&b, "  held        %s deletions wait for you: holdfast deletions %s\n", grouped(job.Deletions.Held), job.ID)
	}
	_, err := fmt.Fprint(a.out, b.String())
	return err
}

// writeProof prints whether the listing was complete and what the receipt says.
func writeProof(b *strings.Builder, job *openapi.Job) {
	if complete := job.Listing.Complete; complete != nil && !*complete {
		reason := ""
		if job.Listing.IncompleteReason != nil {
			reason = ": " + incomplete(*job.Listing.IncompleteReason)
		}
		fmt.Fprintf(b, "  listing     not proven complete, so nothing was marked absent%s\n", reason)
	}
	r := job.Receipt
	if r == nil {
		return
	}
	verdict := "verified"
	if !r.Verified {
		verdict = "NOT VERIFIED"
	}
	fmt.Fprintf(b, "  receipt     %s: %s of %s rows seen were found in the table, %s rows live\n",
		verdict, grouped(r.RowsFound), grouped(r.RowsSeen), grouped(r.LiveRows))
}

// incomplete says why a listing proves nothing about rows that it lacks.
func incomplete(reason string) string {
	switch reason {
	case project.Incremental:
		return "it asked only for what changed"
	case project.EmptyListing:
		return "it was empty"
	case project.TotalMoved:
		return "the source stated different totals on the way"
	case project.TotalDisagrees:
		return "the source stated another total than it listed"
	case project.UnidentifiedRecords:
		return "a record has no id and might be any row's"
	}
	return oneLine(reason) // of a newer API
}

// duration says how long a finished job took.
func duration(job *openapi.Job) string {
	if job.StartedAt == nil || job.FinishedAt == nil {
		return ""
	}
	return " in " + job.FinishedAt.Sub(*job.StartedAt).Round(100*time.Millisecond).String() //nolint:mnd // tenths
}

type count struct {
	n    int64
	what string
}

// counts joins those that are not zero.
func counts(list ...count) string {
	var parts []string
	for _, c := range list {
		what := c.what
		if c.n == 1 {
			what = strings.TrimSuffix(what, "s")
		}
		if c.n != 0 {
			parts = append(parts, grouped(c.n)+" "+what)
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
