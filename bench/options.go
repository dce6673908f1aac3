package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// options are what the command line says.
type options struct {
	// rows is how many records a listing has; everything else is sized by it.
	rows int
	// pairs is how often each side is measured.
	pairs int
	// out is the folder for the report.
	out string
	// programs is the folder of the built programs.
	programs string
	// only are the keys of the measures to run; empty means all.
	only []string
	// large measures the table of 500 times the rows too.
	large bool
	// database is the URL of the server.
	database string
}

// The bounds of the options. Below the smallest listing the fixed cost of a job
// is all that a rate would show.
const (
	minRows     = 1000
	maxRows     = 1_000_000
	defaultRows = 20_000
	// defaultPairs is the least that shows a spread.
	defaultPairs = 5
	maxPairs     = 100
)

// parse reads the command line.
func parse(args []string, getenv func(string) string, stderr io.Writer) (options, error) {
	var o options
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rows, "rows", defaultRows, "records of a listing; memory and table sizes are multiples of it")
	flags.IntVar(&o.pairs, "pairs", defaultPairs, "how often each side is measured")
	flags.StringVar(&o.out, "out", ".holdfast/bench", "folder for the report")
	flags.StringVar(&o.programs, "programs", "bin", "folder of the built programs")
	flags.StringVar(&only, "only", "", "measures to run, by their keys with commas: "+strings.Join(keys(), ","))
	flags.BoolVar(&o.large, "large", false, "measure a page in a table of 500 times the rows too (takes long, and 2 KB of disk a row)")
	flags.Usage = func() {
		fmt.Fprint(stderr, "bench measures Holdfast against what bounds it; DATABASE_URL names the server it may use.\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q; bench takes flags only, see -help", flags.Arg(0))
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	o.database = getenv("DATABASE_URL")
	return o, o.check()
}

func (o *options) check() error {
	for _, key := range o.only {
		if !slices.Contains(keys(), key) {
			return fmt.Errorf("-only: there is no measure %q; write some of %s", key, strings.Join(keys(), ","))
		}
	}
	switch {
	case o.rows < minRows || o.rows > maxRows:
		return fmt.Errorf("-rows: write a number from %d to %d", minRows, maxRows)
	case o.pairs < 1 || o.pairs > maxPairs:
		return fmt.Errorf("-pairs: write a number from 1 to %d", maxPairs)
	case o.database == "":
		return errors.New("DATABASE_URL is not set: run 'make bench', which starts a server, or name one of yours")
	}
	return nil
}
