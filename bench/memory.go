package main

import (
	"context"
	"fmt"
	"strconv"

	"holdfast/bench/report"
	"holdfast/bench/stage"
)

// The default four partitions: what a worker lists at the same time is what it
// holds in memory.
const memoryPartitions = 4

// memory measures the most that a fresh worker has resident while it loads
// listings of three sizes.
func (b *bench) memory(ctx context.Context) ([]report.Row, error) {
	sizes := []int{b.rows / 2, b.rows * 5, b.rows * 50}
	peaks := make([]float64, len(sizes))
	for i, size := range sizes {
		var err error
		if peaks[i], err = b.memoryAt(ctx, size); err != nil {
			return nil, err
		}
	}
	var rows []report.Row
	for i := range sizes[1:] {
		rows = append(rows, report.Compare(thousandsOf(sizes[i+1])+" rows", thousandsOf(sizes[0])+" rows", "MB",
			peaks[i+1:i+2], peaks[:1], report.AtMost(1.2)).Noted("one run of each size"))
	}
	return rows, nil
}

func (b *bench) memoryAt(ctx context.Context, rows int) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// A million answers are too many to remember.
	address, err := stage.Serve(ctx, newForge(rows))
	if err != nil {
		return 0, err
	}
	database, deployment, err := b.deploy(ctx, fmt.Sprintf("memory_%d", rows), forgeSource("forge", address, memoryPartitions), false)
	if err != nil {
		return 0, err
	}
	_, err = deployment.Sync(ctx, "forge")
	peak := 0.0
	if err == nil {
		peak, err = deployment.WorkerMemory()
	}
	deployment.Close()
	if err != nil {
		return 0, err
	}
	return peak / 1e6, b.server.DropDatabase(ctx, database)
}

// thousandsOf writes a round number as people say it.
func thousandsOf(n int) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%g M", float64(n)/1e6)
	case n >= 1000:
		return fmt.Sprintf("%g k", float64(n)/1000)
	}
	return strconv.Itoa(n)
}
