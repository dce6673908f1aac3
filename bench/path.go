package main

import (
	"context"
	"fmt"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/internal/openapi"
)

// changedStep makes one record in a hundred another one.
const changedStep = 100

// path is a deployment that mirrors a forge, and what its peers need.
type path struct {
	database   *stage.Database
	deployment *stage.Deployment
	forge      *stage.Remembering
	source     string
	rows       int
	version    int
}

func (b *bench) newPath(ctx context.Context, purpose string) (*path, error) {
	forge := &stage.Remembering{Forge: newForge(b.rows)}
	address, err := stage.Serve(ctx, forge)
	if err != nil {
		return nil, err
	}
	p := &path{forge: forge, source: "forge", rows: b.rows}
	p.database, p.deployment, err = b.deploy(ctx, purpose, forgeSource(p.source, address, 1), false)
	return p, err
}

func (p *path) close() {
	p.deployment.Close()
	p.database.Close()
}

// wholePath measures a sync from the POST to the terminal state, receipt
// included: over HTTP, through the built programs, into the table.
func (b *bench) wholePath(ctx context.Context) ([]report.Row, error) {
	p, err := b.newPath(ctx, "path")
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
	f, err := b.alternate(ctx,
		p.load,
		p.again,
		p.changed,
		func(ctx context.Context) (float64, error) { return copied(ctx, p.database, rows, smallPage) },
		func(ctx context.Context) (float64, error) {
			return rowByRow(ctx, p.database, src, b.rows/rowByRowShare)
		},
	)
	if err != nil {
		return nil, err
	}
	load, again, changed, copies, orm := f[0], f[1], f[2], f[3], f[4]
	return []report.Row{
		report.Compare("new rows", "COPY, pages of 100", "rows/s", load, copies, report.AtLeast(0.65)),
		report.Compare("unchanged rows", "load of new rows", "rows/s", again, load, report.AtLeast(4)),
		report.Compare("1 % changed", "load of new rows", "rows/s", changed, load, report.AtLeast(3)),
		report.Compare("new rows", "row by row, a commit each", "rows/s", load, orm, report.AtLeast(10)),
	}, nil
}

// load syncs into an empty table.
func (p *path) load(ctx context.Context) (float64, error) {
	if err := p.database.Empty(ctx); err != nil {
		return 0, err
	}
	return p.sync(ctx, func(c openapi.Counts) int64 { return c.Created }, p.rows)
}

// again syncs what the table has already. A sync before it, which is not
// measured, sets the hint bits of the rows that the load has left.
func (p *path) again(ctx context.Context) (float64, error) {
	if _, err := p.againOnce(ctx); err != nil {
		return 0, err
	}
	return p.againOnce(ctx)
}

// changed syncs after one record in a hundred has changed.
func (p *path) changed(ctx context.Context) (float64, error) {
	p.version++
	if err := p.forge.Change(changedStep, p.version); err != nil {
		return 0, err
	}
	src, err := p.deployment.Source(p.source)
	if err != nil {
		return 0, err
	}
	// The forge makes its answers up now and not while a sync is measured.
	if _, err := readRows(ctx, src); err != nil {
		return 0, err
	}
	if err := p.database.Checkpoint(ctx); err != nil {
		return 0, err
	}
	return p.sync(ctx, func(c openapi.Counts) int64 { return c.Updated }, (p.rows+changedStep-1)/changedStep)
}

// sync syncs once and returns the rate, after making sure that it did what was
// to be measured.
func (p *path) sync(ctx context.Context, count func(openapi.Counts) int64, want int) (float64, error) {
	job, err := p.deployment.Sync(ctx, p.source)
	if err != nil {
		return 0, err
	}
	if got := count(job.Counts); got != int64(want) {
		return 0, fmt.Errorf("job %s counts %d rows of the kind that is measured, not %d", job.ID, got, want)
	}
	return rate(p.rows, stage.Took(&job)), nil
}
