package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// usage describes every command.
func usage() string {
	var b strings.Builder
	b.WriteString("usage: holdfast [--url URL] [--json] COMMAND …\n\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", c.synopsis(), c.summary)
	}
	fmt.Fprint(table, "  help\tprint this; holdfast COMMAND --help is about one command\n  version\tprint the version\n")
	_ = table.Flush() // a Builder takes everything
	b.WriteString("\n" + flagTable([]string{flagWatch, flagKey, flagSource, flagStatus, flagSearch, flagDeleted, flagLimit}))
	b.WriteString(`
$HOLDFAST_TOKEN is sent as the token where the API wants one.

Exit codes: 0 done; 1 a watched job failed or was cancelled, a source cannot be
read, or the output could not be written; 2 wrong call; 3 the API could not be
reached, or no worker answered; 4 the API refused the request, or the answer was
not from Holdfast; 130 interrupted.
`)
	return b.String()
}

// help describes one command.
func (c command) help() string {
	return "usage: holdfast " + c.synopsis() + "\n\n  " + c.summary + "\n\n" + flagTable(c.flags)
}

// synopsis is how the command is called.
func (c command) synopsis() string {
	words := []string{c.name}
	if c.call != "" {
		words = append(words, c.call)
	}
	for _, name := range c.flags {
		form, _ := describe(name)
		words = append(words, "["+form+"]")
	}
	return strings.Join(words, " ")
}

// flagTable says what flags mean, those that every command has at its head.
func flagTable(names []string) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	fmt.Fprintf(table, "  --url URL\twhere holdfast-api is (default: $HOLDFAST_URL, else %s)\n", defaultURL)
	fmt.Fprint(table, "  --json\tprint what the API answers")
	if slices.Contains(names, flagWatch) {
		fmt.Fprint(table, "; while watching, a line for each change")
	}
	fmt.Fprintln(table)
	for _, name := range names {
		form, meaning := describe(name)
		fmt.Fprintf(table, "  %s\t%s\n", form, meaning)
	}
	_ = table.Flush() // a Builder takes everything
	return b.String()
}

// describe says how a flag is written and what it means.
func describe(name string) (form, meaning string) {
	switch name {
	case flagWatch:
		return "--watch", "follow the job to its end: a progress bar on a terminal, lines elsewhere"
	case flagKey:
		return "--key KEY", "Idempotency-Key: the same key and request lead to the same job for 24 hours"
	case flagSource:
		return "--source NAME", "only of this source"
	case flagStatus:
		return "--status STATUS", "only those that are queued, running, waiting, succeeded, failed or cancelled"
	case flagSearch:
		return "--q TEXT", "only those with the text in their name or path"
	case flagDeleted:
		return "--deleted", "also those with a tombstone"
	}
	return "--limit N", fmt.Sprintf("print N elements at most (default %d)", defaultLimit)
}

// callError is a call that cannot be understood.
type callError struct {
	reason error
	// hint says how it is done.
	hint string
}

// Error returns the reason and the hint.
func (e *callError) Error() string { return e.reason.Error() + "\n" + e.hint }

// Unwrap returns the reason.
func (e *callError) Unwrap() error { return e.reason }

// usageError makes a callError.
func usageError(reason error, hint string) error { return &callError{reason: reason, hint: hint} }

// seeHelp is the hint where no command is to blame.
const seeHelp = "holdfast help lists the commands."

// misused is what a parse error comes to: who asked for help gets it, which is
// no error.
func misused(stdout io.Writer, err error, help, hint string) error {
	if errors.Is(err, flag.ErrHelp) {
		_, err := io.WriteString(stdout, help)
		return err
	}
	return usageError(err, hint)
}
