package main

import (
	"context"
	"fmt"
	"net/http"

	"holdfast/bench/report"
	"holdfast/bench/stage"
)

const (
	// tinyJobs is how many sources of a single row there are.
	tinyJobs = 300
	// noopJobs is how many of River's own jobs take about as long.
	noopJobs = 1500
)

// tiny measures jobs that have next to nothing to do: what a job costs beyond
// its rows. Each is three River jobs and ten transactions.
func (b *bench) tiny(ctx context.Context) ([]report.Row, error) {
	address, err := stage.Serve(ctx, newArrivals())
	if err != nil {
		return nil, err
	}
	database, deployment, err := b.deploy(ctx, "tiny", idleSources(tinyJobs, address), false)
	if err != nil {
		return nil, err
	}
	defer database.Close()
	defer deployment.Close()
	alone, err := b.startRiver(ctx, "tiny_river")
	if err != nil {
		return nil, err
	}
	defer alone.close(ctx)
	f, err := b.alternate(ctx,
		func(ctx context.Context) (float64, error) { return syncAll(ctx, database, deployment) },
		func(ctx context.Context) (float64, error) {
			numbers := make([]int, noopJobs)
			return timed(noopJobs, func() error {
				if err := alone.insert(ctx, numbers...); err != nil {
					return err
				}
				return alone.idle(ctx)
			})
		})
	if err != nil {
		return nil, err
	}
	return []report.Row{
		report.Compare("one source, one row each", "River's no-op jobs", "jobs/s", f[0], f[1], report.AtLeast(0.2)),
	}, nil
}

// syncAll asks for all sources in one POST and waits for the last one.
func syncAll(ctx context.Context, database *stage.Database, deployment *stage.Deployment) (float64, error) {
	client, err := deployment.Dial(ctx)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	return timed(tinyJobs, func() error {
		status, body, err := client.Do(stage.NewRequest(http.MethodPost, "/api/v1/sync/projects", ""))
		if err == nil && status != http.StatusAccepted {
			err = fmt.Errorf("POST: %d %s", status, body)
		}
		if err != nil {
			return err
		}
		return jobsDone(ctx, database)
	})
}
