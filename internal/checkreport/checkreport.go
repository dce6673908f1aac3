// Package checkreport writes what a check of a source found, for a person:
// what answered, whom the credentials belong to, what is missing, how many
// projects there are, and what to do. The client and "config check --online"
// print the same.
package checkreport

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"holdfast/internal/project"
)

// Write writes the outcome of a finished check of a source.
func Write(w io.Writer, source string, report *project.SourceReport, failure *project.JobError) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", source, project.CheckOutcome(report, failure))
	if report != nil {
		writeReport(&b, report)
	}
	if failure != nil {
		line(&b, "error", failure.Message+" ("+failure.Code+")")
		if failure.Retryable {
			line(&b, "to do", "this may pass by itself: check again in a while")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeReport(b *strings.Builder, r *project.SourceReport) {
	line(b, "reached", r.Service)
	line(b, "account", r.Account)
	line(b, "scopes", strings.Join(r.Scopes, ", "))
	line(b, "missing", strings.Join(r.Missing, ", "))
	if r.Projects != nil {
		line(b, "projects", strconv.FormatInt(*r.Projects, 10))
	}
	for _, note := range r.Notes {
		line(b, "note", note)
	}
	if len(r.Missing) > 0 {
		line(b, "to do", "give the credentials what is missing: without it a sync would list only a part")
	}
}

// line writes what there is to say about something. The words are partly the
// service's own, so control characters, with which they could rewrite a
// terminal, are left out.
func line(b *strings.Builder, label, text string) {
	text = strings.Join(strings.FieldsFunc(text, unicode.IsControl), " ")
	if text != "" {
		fmt.Fprintf(b, "  %-9s %s\n", label, text)
	}
}
