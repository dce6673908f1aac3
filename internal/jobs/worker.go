package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"holdfast/internal/store"
)

// River's settings.
const (
	// controlWorkers is how many plan and finalize tasks one worker runs.
	controlWorkers = 8
	// checkWorkers is how many checks one worker makes at a time.
	checkWorkers = 4
	// taskTimeout is far above what any task takes, and rescueAfter above
	// that: River's own idea of a stuck task must never get in the way of ours.
	taskTimeout = 2 * time.Hour
	rescueAfter = 3 * time.Hour
	// With River's default of 100 ms two inserts 30 ms apart are picked up
	// after 50 ms in the median and 900 ms in the 99th percentile; with these
	// after 1 and 5 ms. The inserting client has a cooldown of its own.
	fetchCooldown  = 5 * time.Millisecond
	insertCooldown = time.Millisecond
	// keepTasks is how long River keeps what is done: nobody asks for it.
	keepTasks = time.Hour
)

// NewClient makes the client that the API enqueues with. It works no tasks.
func NewClient(pool *pgxpool.Pool, log *slog.Logger) (*Client, error) {
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		FetchCooldown: insertCooldown, Hooks: dating(), Logger: quiet(log),
	})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	c := &Client{store: store.New(pool), river: client}
	c.together = c.newGroup()
	return c, nil
}

// Worker works sync jobs until it is stopped. Any number of them share the work.
type Worker struct {
	runner *runner
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	drain  sync.Once
}

// NewWorker makes a worker for the given sources over a pool.
func NewWorker(pool *pgxpool.Pool, sources []Source, config Config, log *slog.Logger) (*Worker, error) {
	if config.Observer == nil {
		config.Observer = unobserved{}
	}
	r := &runner{
		store: store.New(pool), sources: make(map[string]Source, len(sources)), config: config, log: log,
		draining: make(chan struct{}),
	}
	for _, s := range sources {
		r.sources[s.Name] = s
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &planWorker{r: r})
	river.AddWorker(workers, &partitionWorker{r: r})
	river.AddWorker(workers, &finalizeWorker{r: r})
	river.AddWorker(workers, &checkWorker{r: r})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Queues: map[string]river.QueueConfig{
			queueControl: {MaxWorkers: controlWorkers},
			queuePages:   {MaxWorkers: config.Concurrency},
			queueChecks:  {MaxWorkers: checkWorkers},
		},
		Workers: workers, FetchCooldown: fetchCooldown, JobTimeout: taskTimeout, RescueStuckJobsAfter: rescueAfter,
		MaxAttempts: 1, CompletedJobRetentionPeriod: keepTasks, CancelledJobRetentionPeriod: keepTasks,
		FetchOnlyKnownKinds: true, Hooks: dating(), Logger: quiet(log), ErrorHandler: taskErrors{log},
	})
	if err != nil {
		return nil, fmt.Errorf("make River client: %w", err)
	}
	r.river = client
	return &Worker{runner: r}, nil
}

// ClientID is how River's tables name this worker, as river_leader does.
func (w *Worker) ClientID() string { return w.runner.river.ID() }

// Start begins to work. The context's end does not stop it: Stop does.
func (w *Worker) Start(ctx context.Context) error {
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := w.runner.river.Start(ctx); err != nil {
		w.cancel()
		return fmt.Errorf("start River: %w", err)
	}
	w.tasks.Go(func() { w.runner.reap(ctx) })
	w.tasks.Go(func() { w.runner.tidy(ctx) })
	return nil
}

// Stop drains the worker: no new task begins, and every slice ends after the
// page it is writing and hands its partition on. When ctx ends before that,
// the rest is cut off; takeover makes up for it.
func (w *Worker) Stop(ctx context.Context) error {
	w.drain.Do(func() { close(w.runner.draining) })
	err := w.runner.river.Stop(ctx)
	if err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = w.runner.river.StopAndCancel(hard)
	}
	w.cancel()
	w.tasks.Wait()
	if err != nil {
		return fmt.Errorf("stop River: %w", err)
	}
	return nil
}

// quiet lets only River's warnings and errors through: what its tasks do is
// told by the lines of this package.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(warningsOnly{log.Handler()})
}

// warningsOnly is a handler that leaves out whatever is less than a warning.
type warningsOnly struct{ slog.Handler }

// Enabled reports whether the level is a warning at least.
func (h warningsOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the rule.
func (h warningsOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warningsOnly{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the rule.
func (h warningsOnly) WithGroup(name string) slog.Handler {
	return warningsOnly{h.Handler.WithGroup(name)}
}
