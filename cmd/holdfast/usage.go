package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
)

// usage describes every command.
func usage() string {
	var b strings.Builder
	b.WriteString("usage: holdfast [--url URL] [--json] COMMAND …\n\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.call)+flagHelp(c.flags), c.summary)
	}
	fmt.Fprint(table, "  help\tprint this\n  version\tprint the version\n")
	_ = table.Flush() // a Builder takes everything
	b.WriteString(`
  --url URL    where holdfast-api is (default: $HOLDFAST_URL, else ` + defaultURL + `)
  --json       print what the API answers; with --watch one line for each change
  --watch      follow the job to its end: a progress bar on a terminal, lines elsewhere
  --key KEY    Idempotency-Key: the same key and request lead to the same job for 24 hours
  --limit N    print N elements at most (default 50)

$HOLDFAST_TOKEN is sent as the token where the API wants one.

Exit codes: 0 done; 1 a watched job failed or was cancelled, or a source cannot
be read; 2 wrong call; 3 the API could not be reached, or no worker answered;
4 the API refused the request; 130 interrupted.
`)
	return b.String()
}

func flagHelp(flags []string) string {
	var b strings.Builder
	for _, name := range flags {
		switch name {
		case flagWatch, flagDeleted:
			fmt.Fprintf(&b, " [--%s]", name)
		case flagLimit:
			b.WriteString(" [--limit N]")
		default:
			fmt.Fprintf(&b, " [--%s %s]", name, strings.ToUpper(name))
		}
	}
	return b.String()
}

// callError is a call that cannot be understood.
type callError struct {
	reason error
	// hint is the usage to show.
	hint string
}

// Error returns the reason and the usage.
func (e *callError) Error() string { return e.reason.Error() + "\n" + e.hint }

// Unwrap returns the reason.
func (e *callError) Unwrap() error { return e.reason }

// usageError makes a callError; asking for help is one as well, without
// complaint.
func usageError(reason error, hint string) error {
	if hint == "" || errors.Is(reason, flag.ErrHelp) {
		hint = usage()
	}
	return &callError{reason: reason, hint: hint}
}
