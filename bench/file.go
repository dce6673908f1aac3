package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"holdfast/bench/report"
)

// wholeFile loads a file of newline-delimited JSON through the built programs.
func (b *bench) wholeFile(ctx context.Context) ([]report.Row, error) {
	file := filepath.Join(b.folder, "projects.ndjson")
	if err := writeListing(file, b.rows); err != nil {
		return nil, err
	}
	p := &path{source: "file", rows: b.rows}
	var err error
	p.database, p.deployment, err = b.deploy(ctx, "file", fmt.Sprintf("  - name: file\n    kind: file\n    path: %s\n", file), false)
	if err != nil {
		return nil, err
	}
	defer p.close()
	src, err := p.deployment.Source(p.source)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(ctx, src)
	if err != nil {
		return nil, err
	}
	copies := func(page int) side {
		return func(ctx context.Context) (float64, error) { return copied(ctx, p.database, rows, page) }
	}
	f, err := b.alternate(ctx, p.load, copies(bigPage), copies(len(rows)))
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.Compare("new rows", "COPY, pages of 1,000", "rows/s", f[0], f[1], report.AtLeast(0.7)),
		report.Compare("new rows", "one single COPY", "rows/s", f[0], f[2], nil),
	}, nil
}

// writeListing writes a forge's records, one a line.
func writeListing(name string, projects int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	forge := newForge(projects)
	out := bufio.NewWriter(file)
	for project := range forge.Projects() {
		raw, err := forge.Raw(project.ID)
		if err != nil {
			return errors.Join(err, file.Close())
		}
		// What cannot be written comes up in Flush.
		_, _ = out.Write(append(raw, '\n'))
	}
	return errors.Join(out.Flush(), file.Close())
}
