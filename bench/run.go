package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holdfast/bench/report"
	"holdfast/bench/stage"
)

// measure is one group of rows of the table.
type measure struct {
	// key names it on the command line.
	key   string
	title string
	run   func(b *bench, ctx context.Context) ([]report.Row, error)
}

// measures lists all of them, in the order of the report.
func measures() []measure {
	return []measure{
		{"store", "Loading new rows: the store alone", (*bench).storeAlone},
		{"path", "Syncing over HTTP, pages of 100", (*bench).wholePath},
		{"file", "Loading new rows from a file, pages of 1,000", (*bench).wholeFile},
		{"unchanged", "Syncing what has not changed, over and over", (*bench).unchanged},
		{"enqueue", "POST: accepting a sync job", (*bench).enqueue},
		{"status", "GET: the status of a job", (*bench).status},
		{"pickup", "From POST to the source", (*bench).pickup},
		{"tiny", "Jobs of a single row", (*bench).tiny},
		{"partitions", "Partitions, with 50 ms for each page", (*bench).partitions},
		{"memory", "Resident memory of the worker", (*bench).memory},
		{"size", "A page in a large table", (*bench).size},
	}
}

func keys() []string {
	all := measures()
	list := make([]string, len(all))
	for i, m := range all {
		list[i] = m.key
	}
	return list
}

// bench is one run.
type bench struct {
	options

	server *stage.Server
	// folder is for the files that the run needs; it is removed in the end.
	folder   string
	progress io.Writer
}

// run is the whole command but for the signals.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 1 && args[0] == constantCommand {
		return serveConstant(ctx, stderr)
	}
	o, err := parse(args, getenv, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	server, err := stage.OpenServer(ctx, o.database)
	if err != nil {
		return err
	}
	b := &bench{options: o, server: server, progress: stderr}
	r := report.Report{Started: time.Now(), Command: "make bench " + command(o), Machine: report.ThisMachine()}
	err = b.measureAll(ctx, &r)
	err = errors.Join(err, server.Close(ctx))
	if len(r.Rows) == 0 {
		return err
	}
	r.Took = time.Since(r.Started)
	return errors.Join(err, r.WriteText(stdout), writeFiles(o.out, &r))
}

// command is how a run is repeated.
func command(o options) string {
	text := fmt.Sprintf("ROWS=%d PAIRS=%d", o.rows, o.pairs)
	if o.large {
		text += " LARGE=1"
	}
	if len(o.only) > 0 {
		text += " ONLY=" + strings.Join(o.only, ",")
	}
	return text
}

// measureAll runs the chosen measures. What was measured before an error is in
// the report all the same.
func (b *bench) measureAll(ctx context.Context, r *report.Report) error {
	if err := b.server.Describe(ctx, &r.Machine); err != nil {
		return err
	}
	var err error
	if b.folder, err = os.MkdirTemp("", "holdfast-bench-"); err != nil {
		return err
	}
	for _, m := range measures() {
		if len(b.only) > 0 && !slices.Contains(b.only, m.key) {
			continue
		}
		fmt.Fprintf(b.progress, "%s  %-10s %s\n", time.Now().Format(time.TimeOnly), m.key, m.title)
		ctx, cancel := context.WithCancel(ctx)
		rows, err := m.run(b, ctx)
		cancel()
		if err != nil {
			// The programs' logs are in the folder.
			return fmt.Errorf("%s: %w (see %s)", m.key, err, b.folder)
		}
		for i := range rows {
			rows[i].Group = m.title
		}
		r.Rows = append(r.Rows, rows...)
	}
	return os.RemoveAll(b.folder)
}

// writeFiles writes the report into the output folder.
func writeFiles(folder string, r *report.Report) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{"report.json": r.WriteJSON, "report.md": r.WriteMarkdown} {
		file, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		if err := errors.Join(write(file), file.Close()); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

// side is one of the things that are measured in turn. It returns its figure.
type side func(ctx context.Context) (float64, error)

// alternate measures the sides in turn: once to warm up, and then as often as
// was asked for. It returns the figures of each side.
func (b *bench) alternate(ctx context.Context, sides ...side) ([][]float64, error) {
	figures := make([][]float64, len(sides))
	for round := range b.pairs + 1 {
		for i, measure := range sides {
			figure, err := measure(ctx)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				figures[i] = append(figures[i], figure)
			}
		}
	}
	return figures, nil
}

// rate is how many a second.
func rate(count int, took time.Duration) float64 { return float64(count) / took.Seconds() }

// timed measures a function that handles count things, as a rate.
func timed(count int, work func() error) (float64, error) {
	begun := time.Now()
	err := work()
	return rate(count, time.Since(begun)), err
}

// pause waits a moment, or until the run is stopped.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// until asks again and again whether something is so.
func until(ctx context.Context, every time.Duration, holds func() (bool, error)) error {
	for {
		done, err := holds()
		if err != nil || done {
			return err
		}
		if err := pause(ctx, every); err != nil {
			return err
		}
	}
}
