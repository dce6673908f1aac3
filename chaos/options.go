package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"holdfast/chaos/schedule"
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
	// recovery measures the throughput after each fault, in place of letting
	// them all happen at once; only are the kinds of faults, if not all.
	recovery bool
	only     []schedule.Kind
	// without are the faults that are left out.
	without []schedule.Kind
}

// kinds are those of the run's faults.
func (o options) kinds() []schedule.Kind {
	kinds := o.only
	if kinds == nil {
		kinds = schedule.Kinds()
	}
	return slices.DeleteFunc(slices.Clone(kinds), o.leavesOut)
}

// leftOut are the faults that the run goes without. Recovery is measured by the
// server's record of commits, which is by its clock: that one stays as it is.
func (o options) leftOut() []schedule.Kind {
	if o.recovery {
		return append([]schedule.Kind{schedule.JumpClock}, o.without...)
	}
	return o.without
}

// leavesOut reports whether a fault is left out.
func (o options) leavesOut(kind schedule.Kind) bool { return slices.Contains(o.leftOut(), kind) }

// wants reports whether a fault is among those of the run.
func (o options) wants(kind schedule.Kind) bool { return slices.Contains(o.kinds(), kind) }

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
	flags.BoolVar(&o.recovery, "recovery", false, "measure the throughput before and after one fault of each kind")
	flags.Func("only", "the kinds of faults for -recovery, with commas between them", func(list string) (err error) {
		o.only, err = parseKinds(list)
		return err
	})
	without := func(list string) (err error) { o.without, err = parseKinds(list); return err }
	flags.Func("without", "faults to leave out, such as fill_disk where nothing may be mounted; names, with commas between", without)
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
	case o.only != nil && !o.recovery:
		return o, errors.New("-only goes with -recovery: a run without it draws from all faults")
	}
	return o, nil
}

// again is the command that repeats the run.
func (o options) again() string {
	command := fmt.Sprintf("make chaos CHAOS=%s SEED=%d", o.length, o.seed)
	if o.recovery {
		command = fmt.Sprintf("make chaos-recovery SEED=%d", o.seed)
	}
	if o.only != nil {
		command += " ONLY=" + list(o.only)
	}
	if o.without != nil {
		command += " WITHOUT=" + list(o.without)
	}
	return command
}

// list is what [parseKinds] reads.
func list(kinds []schedule.Kind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	return strings.Join(names, ",")
}

// parseKinds reads a list of kinds.
func parseKinds(list string) ([]schedule.Kind, error) {
	var kinds []schedule.Kind
	for name := range strings.SplitSeq(list, ",") {
		kind := schedule.Kind(strings.TrimSpace(name))
		if !slices.Contains(schedule.Kinds(), kind) {
			return nil, fmt.Errorf("there is no fault %q; write some of %v", kind, schedule.Kinds())
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}
