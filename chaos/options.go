package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// options are what the command line says.
type options struct {
	// length is how long faults go on.
	length time.Duration
	seed   uint64
	// lease and slice are the workers' settings.
	lease, slice time.Duration
	// folder is for the cluster, the logs, the journals and the report.
	folder string
	// programs is the folder of the built programs, previous that of another
	// version of them, if there is one.
	programs, previous string
}

// The bounds of the length: below, the faults would all come at once.
const (
	shortest      = 20 * time.Second
	defaultLength = time.Minute
	// productionLease is the default of worker.lease, so that the figures are
	// those that users get.
	productionLease = 5 * time.Second
	// defaultSlice is short, so that continuations are under fire too.
	defaultSlice = 3 * time.Second
)

// parse reads the command line.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.DurationVar(&o.length, "length", defaultLength, "how long faults go on")
	now := uint64(time.Now().UnixMicro())
	flags.Uint64Var(&o.seed, "seed", now, "draws the schedule; the default is of the moment")
	flags.DurationVar(&o.lease, "lease", productionLease, "the workers' lease")
	flags.DurationVar(&o.slice, "slice", defaultSlice, "the workers' slice")
	flags.StringVar(&o.folder, "folder", ".holdfast/chaos", "folder for the cluster, logs, journals and the report; emptied first")
	flags.StringVar(&o.programs, "programs", "bin", "folder of the built programs")
	flags.StringVar(&o.previous, "previous", "", "folder of another version of the programs, which every other process is started from")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q; chaos takes flags only, see -help", flags.Arg(0))
	case o.length < shortest:
		return o, fmt.Errorf("-length: %s is too short, write %s or more", o.length, shortest)
	case o.lease < time.Second || o.slice < time.Second:
		return o, errors.New("-lease and -slice: write 1s or more")
	}
	return o, nil
}
