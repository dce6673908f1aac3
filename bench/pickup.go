package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/bench/report"
	"holdfast/bench/stage"
	"holdfast/bench/stats"
)

const (
	// pickupSamples is how many POSTs one measurement has.
	pickupSamples = 40
	// pickupGap is between the two POSTs of a pair: short enough that the
	// second comes while the first one's notice is still being damped.
	pickupGap = 30 * time.Millisecond
	// maxPickup is how many milliseconds may pass before the source is asked.
	maxPickup = 20
)

// picked is one side: how to ask for work, where it arrives, and how to wait
// until nothing is left of it.
type picked struct {
	ask      func(ctx context.Context, number int) error
	arrivals *arrivals
	idle     func(ctx context.Context) error
}

// pickup measures how long after a POST was sent the source is asked for its
// first page: the commit, the plan task and the partition's task are between
// them. River's own way from an insert to its worker is one such task.
func (b *bench) pickup(ctx context.Context) ([]report.Row, error) {
	seen := newArrivals()
	address, err := stage.Serve(ctx, seen)
	if err != nil {
		return nil, err
	}
	database, deployment, err := b.deploy(ctx, "pickup", idleSources(pickupSamples, address), false)
	if err != nil {
		return nil, err
	}
	defer database.Close()
	defer deployment.Close()
	alone, err := b.startRiver(ctx, "pickup_river")
	if err != nil {
		return nil, err
	}
	defer alone.close(ctx)
	ours, err := posting(ctx, deployment, database, seen)
	if err != nil {
		return nil, err
	}
	theirs := picked{
		ask:      func(ctx context.Context, number int) error { return alone.insert(ctx, number) },
		arrivals: alone.arrivals, idle: alone.idle,
	}
	var rows []report.Row
	for _, way := range []struct {
		name  string
		group int
	}{{"quiet", 1}, {"pairs 30 ms apart", 2}} {
		found, err := b.pickupRows(ctx, way.name, way.group, ours, theirs)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, nil
}

// posting is Holdfast's side.
func posting(ctx context.Context, deployment *stage.Deployment, database *stage.Database, seen *arrivals) (picked, error) {
	client, err := deployment.Dial(ctx)
	if err != nil {
		return picked{}, err
	}
	context.AfterFunc(ctx, client.Close)
	return picked{
		arrivals: seen,
		ask: func(_ context.Context, number int) error {
			status, body, err := client.Do(stage.NewRequest(http.MethodPost, "/api/v1/sync/projects", fmt.Sprintf(`{"source":"s%d"}`, number)))
			if err == nil && status != http.StatusAccepted {
				err = fmt.Errorf("POST: %d %s", status, body)
			}
			return err
		},
		idle: func(ctx context.Context) error { return jobsDone(ctx, database) },
	}, nil
}

// jobsDone waits until no sync job is left.
func jobsDone(ctx context.Context, database *stage.Database) error {
	return until(ctx, pollEvery, func() (bool, error) {
		left, err := database.Number(ctx, "select count(*)::float8 from sync_jobs where finished_at is null")
		return left == 0, err
	})
}

// pickupRows measures both sides, asking for so many at a time.
func (b *bench) pickupRows(ctx context.Context, name string, group int, ours, theirs picked) ([]report.Row, error) {
	var rounds [2][][]float64
	measured := func(i int, p picked) side {
		return func(ctx context.Context) (float64, error) {
			waits, err := p.waits(ctx, group)
			rounds[i] = append(rounds[i], waits)
			return stats.Median(waits), err
		}
	}
	f, err := b.alternate(ctx, measured(0, ours), measured(1, theirs))
	if err != nil {
		return nil, err
	}
	// The tail of forty is their worst; the limit is for the tail of all.
	all := []float64{}
	for _, waits := range rounds[0][1:] {
		all = append(all, waits...)
	}
	const against = "River, insert to work"
	return []report.Row{
		report.Compare(name+", p50", against, "ms", f[0], f[1], report.AtMost(2)),
		report.Compare(name+", p99", against, "ms", worst(rounds[0]), worst(rounds[1]), report.AtMost(2)),
		report.CompareLimit(name+", p99 of all", "ms", []float64{stats.Quantile(all, 0.99)}, maxPickup),
	}, nil
}

// waits measures a round of requests, in groups a short gap apart, each group
// when nothing is left of the one before.
func (p picked) waits(ctx context.Context, group int) ([]float64, error) {
	p.arrivals.forget()
	waits := make([]float64, 0, pickupSamples)
	for first := 1; first+group-1 <= pickupSamples; first += group {
		if err := p.idle(ctx); err != nil {
			return nil, err
		}
		// Not in step with any clock of the programs.
		if err := pause(ctx, time.Duration(10+first%13)*time.Millisecond); err != nil {
			return nil, err
		}
		found, err := p.together(ctx, first, group)
		if err != nil {
			return nil, err
		}
		waits = append(waits, found...)
	}
	return waits, p.idle(ctx)
}

// together measures one group.
func (p picked) together(ctx context.Context, first, group int) ([]float64, error) {
	sent := make([]time.Time, group)
	numbers := make([]int, group)
	for i := range group {
		if i > 0 {
			if err := pause(ctx, pickupGap-time.Since(sent[i-1])); err != nil {
				return nil, err
			}
		}
		numbers[i], sent[i] = first+i, time.Now()
		if err := p.ask(ctx, numbers[i]); err != nil {
			return nil, err
		}
	}
	arrived, err := p.arrivals.await(ctx, numbers...)
	if err != nil {
		return nil, err
	}
	waits := make([]float64, group)
	for i := range waits {
		waits[i] = milliseconds(arrived[i].Sub(sent[i]))
	}
	return waits, nil
}
