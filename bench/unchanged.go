package main

import (
	"context"
	"fmt"

	"holdfast/bench/report"
	"holdfast/internal/openapi"
)

// resyncs is how often the same listing is synced to see whether the table
// grows from it.
const resyncs = 10

// maxWAL is how many bytes of write-ahead log an unchanged row may cost.
const maxWAL = 20

// unchanged syncs a listing that does not change, and looks at what that leaves
// behind: write-ahead log, dead rows, a larger table.
func (b *bench) unchanged(ctx context.Context) ([]report.Row, error) {
	p, err := b.newPath(ctx, "unchanged")
	if err != nil {
		return nil, err
	}
	defer p.close()
	if _, err := p.load(ctx); err != nil {
		return nil, err
	}
	// The first one sets hint bits, once for each row.
	if _, err := p.againOnce(ctx); err != nil {
		return nil, err
	}
	// Autovacuum would visit the new rows some time, once; not while it counts.
	if _, err := p.database.Exec(ctx, "vacuum analyze projects, project_changes"); err != nil {
		return nil, fmt.Errorf("vacuum: %w", err)
	}
	before, err := p.size(ctx)
	if err != nil {
		return nil, err
	}
	wal, err := p.againLogged(ctx)
	if err != nil {
		return nil, err
	}
	after, err := p.size(ctx)
	if err != nil {
		return nil, err
	}
	dead, err := p.database.Number(ctx, "select pg_stat_get_dead_tuples('projects'::regclass)::float8")
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.CompareLimit("write-ahead log", "bytes/row", wal, maxWAL),
		report.Compare(fmt.Sprintf("table and indexes after %d syncs", resyncs), "before them", "MB", after, before, report.AtMost(1)).
			Noted("%.0f dead rows", dead),
	}, nil
}

// againLogged syncs again and again, and returns how many bytes of write-ahead
// log each sync cost, for each row.
func (p *path) againLogged(ctx context.Context) ([]float64, error) {
	if err := p.database.Checkpoint(ctx); err != nil {
		return nil, err
	}
	var wal []float64
	for range resyncs {
		from, err := p.database.WAL(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := p.againOnce(ctx); err != nil {
			return nil, err
		}
		to, err := p.database.WAL(ctx)
		if err != nil {
			return nil, err
		}
		wal = append(wal, (to-from)/float64(p.rows))
	}
	return wal, nil
}

// againOnce syncs what the table has already.
func (p *path) againOnce(ctx context.Context) (float64, error) {
	return p.sync(ctx, func(c openapi.Counts) int64 { return c.Unchanged }, p.rows)
}

// size is that of the mirrored rows with their indexes and their history, in megabytes.
func (p *path) size(ctx context.Context) ([]float64, error) {
	bytes, err := p.database.Number(ctx,
		"select (pg_total_relation_size('projects') + pg_total_relation_size('project_changes'))::float8")
	return []float64{bytes / 1e6}, err
}
