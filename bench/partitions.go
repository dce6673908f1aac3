package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/bench/stats"
)

// pageLatency is what a service far away takes for a page.
const pageLatency = 50 * time.Millisecond

// partitions measures how far a listing in parts hides a service's latency.
func (b *bench) partitions(ctx context.Context) ([]report.Row, error) {
	forge := &stage.Remembering{Forge: newForge(b.rows), Latency: pageLatency}
	address, err := stage.Serve(ctx, forge)
	if err != nil {
		return nil, err
	}
	counts := []int{1, 2, 4, 8}
	var sources strings.Builder
	for _, n := range counts {
		sources.WriteString(forgeSource(fmt.Sprintf("parts%d", n), address, n))
	}
	database, deployment, err := b.deploy(ctx, "partitions", sources.String(), false)
	if err != nil {
		return nil, err
	}
	defer database.Close()
	defer deployment.Close()
	sides := make([]side, len(counts))
	busy := make([][]float64, len(counts))
	for i, n := range counts {
		sides[i] = func(ctx context.Context) (float64, error) {
			p := path{database: database, deployment: deployment, source: fmt.Sprintf("parts%d", n), rows: b.rows}
			before := processorTime()
			figure, err := p.load(ctx)
			busy[i] = append(busy[i], processorTime().share(before))
			return figure, err
		}
	}
	f, err := b.alternate(ctx, sides...)
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	for i, n := range counts[1:] {
		linear := make([]float64, len(f[0]))
		for j, one := range f[0] {
			linear[j] = one * float64(n)
		}
		rows = append(rows, report.Compare(fmt.Sprintf("%d partitions", n), fmt.Sprintf("%d × one partition", n), "rows/s",
			f[i+1], linear, report.AtLeast(0.85)).Noted("the processors were %.0f %% busy", 100*stats.Median(busy[i+1])))
	}
	return rows, nil
}
