package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"holdfast/chaos/journal"
	"holdfast/chaos/schedule"
	"holdfast/chaos/takeover"
	"holdfast/internal/invariants"
)

// settleTime is how long everything may take to come to rest once faults have
// stopped: backoffs that have grown, leases that run out, a leader to elect.
const settleTime = 3 * time.Minute

// errBroken ends a run that has proven something wrong.
var errBroken = errors.New("the run found something wrong, see the report above")

// run is the whole command but for the signals.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "seed %d; repeat it with: %s\n", o.seed, o.again())
	s, err := setUp(ctx, o)
	if err != nil {
		return err
	}
	r, err := s.perform(ctx, stderr)
	if r != nil {
		// A check that could not be made hides nothing that the others found.
		err = errors.Join(err, s.publish(ctx, r, stdout))
	}
	return errors.Join(err, s.tearDown(ctx))
}

// perform lets it happen, heals, waits and checks.
func (s *stage) perform(ctx context.Context, progress io.Writer) (*report, error) {
	begun := time.Now()
	r := newReport(s.options)
	observer := invariants.Watch(ctx, s.system.Pool, invariants.StoppedProcesses())
	takeovers := takeover.Watch(ctx, s.system.Pool)
	life, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	if s.recovery {
		err = s.recoverFromAll(ctx, r, progress)
	} else {
		s.strikeAll(ctx, schedule.Without(schedule.Draw(s.seed, s.length), s.without...), r, progress)
		s.strikeMissed(ctx, r, progress)
	}
	fmt.Fprintln(progress, "healing")
	s.heal()
	err = errors.Join(err, life.end(r))
	settled, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	err = errors.Join(err, s.system.Fleet.Ready(settled), s.awaitJobs(settled, progress), s.settle(settled, life, r))
	r.takeovers, r.unmeasured = takeovers.Stop()
	r.found(observer.Stop()...)
	if observer.Looks() == 0 {
		err = errors.Join(err, errors.New("the observer never got to look"))
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		r.found(invariants.Violation{Invariant: "I1", Rule: "the system comes to rest once faults have stopped", Rows: []string{err.Error()}})
	}
	err = s.check(ctx, life, r)
	r.took = time.Since(begun)
	return r, err
}

// heal ends every fault that is left.
func (s *stage) heal() {
	s.system.Fleet.Heal()
	for _, slot := range s.system.Fleet.Workers {
		slot.Spare()
	}
	for _, forge := range s.system.Forges {
		forge.ClearFaults()
	}
}

// awaitJobs waits until no job is left that has not ended.
func (s *stage) awaitJobs(ctx context.Context, progress io.Writer) error {
	var left int
	for {
		err := s.system.Pool.QueryRow(ctx, "select count(*) from sync_jobs where finished_at is null").Scan(&left)
		if err == nil && left == 0 {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			fmt.Fprintf(progress, "%d jobs have not ended\n", left)
			return fmt.Errorf("%d jobs have not ended %s after all faults stopped: %w", left, settleTime, ctx.Err())
		}
	}
}

// settle syncs every source once more, while nothing goes wrong and nothing
// changes, under the rules that hold only then. Each source has a client.
func (s *stage) settle(ctx context.Context, life *life, r *report) error {
	strict := invariants.Watch(ctx, s.system.Pool)
	defer func() { r.found(strict.Stop()...) }()
	errs := make([]error, len(s.system.Forges))
	var work sync.WaitGroup
	for i := range s.system.Forges {
		work.Go(func() { errs[i] = life.clients[i].SyncUntilSettled(ctx, sourceName(i)) })
	}
	work.Wait()
	return errors.Join(errs...)
}

// publish prints the report, and keeps it beside the logs.
func (s *stage) publish(ctx context.Context, r *report, stdout io.Writer) error {
	text := r.markdown()
	timelines, err := s.timelines(ctx, r.violations)
	if err != nil {
		return err
	}
	text += timelines
	fmt.Fprint(stdout, text)
	name := filepath.Join(s.folder, "report.md")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil { //nolint:gosec // where the caller wants it
		return fmt.Errorf("keep the report: %w", err)
	}
	if len(r.violations) > 0 || len(r.neverHit()) > 0 || len(r.notRecovered()) > 0 || r.pagesApart() {
		return errBroken
	}
	return nil
}

// openJournal begins the journal of a client.
func (s *stage) openJournal(client string) (*journal.Journal, error) {
	return journal.Create(filepath.Join(s.run, client+".jsonl"))
}
