package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"holdfast/bench/stage"
)

// The settings of Holdfast's own clients of River, see internal/jobs/worker.go:
// the peer has the same.
const (
	riverWorkers        = 8
	riverFetchCooldown  = 5 * time.Millisecond
	riverInsertCooldown = time.Millisecond
)

// noopArgs is a River job that does nothing but tell when it was worked.
type noopArgs struct {
	Number int `json:"number"`
}

// Kind names the job in River's tables.
func (noopArgs) Kind() string { return "noop" }

type noopWorker struct {
	river.WorkerDefaults[noopArgs]

	arrivals *arrivals
}

// Work tells that the job has arrived.
func (w *noopWorker) Work(_ context.Context, job *river.Job[noopArgs]) error {
	w.arrivals.arrive(job.Args.Number)
	return nil
}

// riverAlone is River without Holdfast: a client that inserts, and one that works.
type riverAlone struct {
	database *stage.Database
	inserter *river.Client[pgx.Tx]
	worker   *river.Client[pgx.Tx]
	arrivals *arrivals
}

// startRiver starts both clients on a database of their own.
func (b *bench) startRiver(ctx context.Context, purpose string) (*riverAlone, error) {
	database, err := b.server.NewDatabase(ctx, purpose)
	if err != nil {
		return nil, err
	}
	r := &riverAlone{database: database, arrivals: newArrivals()}
	quiet := slog.New(slog.DiscardHandler)
	r.inserter, err = river.NewClient(riverpgxv5.New(database.Pool), &river.Config{FetchCooldown: riverInsertCooldown, Logger: quiet})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &noopWorker{arrivals: r.arrivals})
	r.worker, err = river.NewClient(riverpgxv5.New(database.Pool), &river.Config{
		Queues:  map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: riverWorkers}},
		Workers: workers, FetchCooldown: riverFetchCooldown, Logger: quiet,
	})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	if err := r.worker.Start(ctx); err != nil {
		return nil, fmt.Errorf("start River: %w", err)
	}
	return r, nil
}

func (r *riverAlone) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	// What is left of it ends with the pool.
	_ = r.worker.StopAndCancel(ctx)
	r.database.Close()
}

// insert inserts jobs in one transaction.
func (r *riverAlone) insert(ctx context.Context, numbers ...int) error {
	jobs := make([]river.InsertManyParams, len(numbers))
	for i, number := range numbers {
		jobs[i] = river.InsertManyParams{Args: noopArgs{Number: number}, InsertOpts: &river.InsertOpts{MaxAttempts: 1}}
	}
	_, err := r.inserter.InsertMany(ctx, jobs)
	return err
}

// idle waits until every job is completed.
func (r *riverAlone) idle(ctx context.Context) error {
	return until(ctx, pollEvery, func() (bool, error) {
		left, err := r.database.Number(ctx, "select count(*)::float8 from river_job where state <> 'completed'")
		return left == 0, err
	})
}
