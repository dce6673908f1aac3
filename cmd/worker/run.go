package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/config"
	"holdfast/internal/health"
	"holdfast/internal/jobs"
	"holdfast/internal/metrics"
	"holdfast/internal/source/kinds"
	"holdfast/internal/store"
)

const usage = `usage: holdfast-worker [--config FILE]
       holdfast-worker healthcheck [--config FILE]
       holdfast-worker version

Lists the configured sources for the sync jobs that the API enqueues, page by
page in transactions of its own. SIGTERM or Ctrl-C: it commits what it is
writing, hands its work on and ends within seconds.

  --config FILE   the configuration (default: $HOLDFAST_CONFIG, else ./holdfast.yaml)

healthcheck asks a running worker whether it is ready, for container health checks.
`

// errUsage makes the command end after its usage was printed.
var errUsage = errors.New("see the usage above")

// run is the whole command but for the signals.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command := "serve"
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		command, args = args[0], args[1:]
	}
	switch command {
	case "version":
		fmt.Fprintln(stdout, "holdfast-worker", version)
		return nil
	case "help":
		fmt.Fprint(stdout, usage)
		return nil
	case "serve", "healthcheck":
	default:
		fmt.Fprint(stderr, usage)
		return fmt.Errorf("unknown command %q: %w", command, errUsage)
	}
	path, err := configFlag(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		_, err = io.WriteString(stdout, usage)
		return err
	}
	if err != nil {
		return err
	}
	cfg, err := config.Load(config.Path(path, getenv), getenv, config.ForWorker, kinds.All())
	if err != nil {
		return err
	}
	if command == "healthcheck" {
		return healthcheck(ctx, cfg)
	}
	return serve(ctx, cfg, cfg.Log.Logger(stderr))
}

// configFlag reads the flags.
func configFlag(args []string, stderr io.Writer) (string, error) {
	flags := flag.NewFlagSet("holdfast-worker", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {} // where it goes depends on why it is shown
	path := flags.String("config", "", "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", err
		}
		fmt.Fprint(stderr, usage)
		return "", errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprint(stderr, usage)
		return "", fmt.Errorf("unexpected argument %q: %w", flags.Arg(0), errUsage)
	}
	return *path, nil
}

// healthcheck asks the worker that runs with this configuration.
func healthcheck(ctx context.Context, cfg *config.Config) error {
	url, err := health.URL(cfg.Worker.AdminListen)
	if err != nil {
		return err
	}
	return health.Ask(ctx, url)
}

// serve works until ctx is over, and then drains.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	for _, warning := range cfg.Warnings {
		log.WarnContext(ctx, "configuration", "warning", warning.Error())
	}
	sources, err := build(cfg, log)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	receipts, err := openReceipts(ctx, cfg)
	if err != nil {
		return err
	}
	defer receipts.Close()
	counted := newMetrics(sources, pool)
	worker, err := jobs.NewWorker(pool, sources, settings(cfg, counted, receipts), log)
	if err != nil {
		return err
	}
	admin, err := startAdmin(ctx, cfg.Worker.AdminListen, readiness(pool), counted.Handler(), log)
	if err != nil {
		return err
	}
	defer admin.close()
	if err := worker.Start(ctx); err != nil {
		return err
	}
	log.InfoContext(ctx, "worker ready", "sources", len(sources), "concurrency", cfg.Worker.Concurrency,
		"admin", admin.address(), "river_client", worker.ClientID(), "version", version)
	select {
	case <-ctx.Done():
	case err = <-admin.failed:
	}
	// /readyz first: nobody should be told to wait for a worker that takes nothing.
	log.InfoContext(ctx, "draining")
	admin.drain()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Worker.DrainTimeout)
	defer cancel()
	err = errors.Join(err, worker.Stop(drain))
	log.InfoContext(ctx, "worker stopped")
	return err
}

// readiness is what must hold for a worker to be of use.
func readiness(pool *pgxpool.Pool) []health.Check {
	return []health.Check{
		{Name: "connection to the database", Run: pool.Ping},
		{Name: "version of the schema", Run: func(ctx context.Context) error { return jobs.CheckSchema(ctx, pool) }},
	}
}

// newMetrics counts what a worker with these sources does.
func newMetrics(sources []jobs.Source, pool *pgxpool.Pool) *metrics.Worker {
	names := make([]string, len(sources))
	for i := range sources {
		names[i] = sources[i].Name
	}
	return metrics.NewWorker(metrics.Process{Version: version, Pool: pool.Stat}, names, store.New(pool))
}

// build makes the sources that are switched on; the others may lack their
// secrets, and a job of one of them fails with a word about it.
func build(cfg *config.Config, log *slog.Logger) ([]jobs.Source, error) {
	sources := make([]jobs.Source, 0, len(cfg.Sources))
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		if !s.Enabled {
			continue
		}
		built, err := s.Build(log)
		if err != nil {
			return nil, err
		}
		sources = append(sources, jobs.Source{
			Source: built, Name: s.Name, AbsentRuns: s.AbsentRuns, MaxDeleteShare: s.MaxDeleteShare,
			FullEvery: s.FullEvery, VolatileFields: s.VolatileFields,
		})
	}
	return sources, nil
}

// firstBackoff is the first wait after a source's failure.
const firstBackoff = time.Second

func settings(cfg *config.Config, observer jobs.Observer, receipts *pgxpool.Pool) jobs.Config {
	return jobs.Config{
		Concurrency: cfg.Worker.Concurrency, Slice: cfg.Worker.Slice, Lease: cfg.Worker.Lease,
		PagesPerTransaction: cfg.Worker.PagesPerTransaction, FirstBackoff: firstBackoff,
		Observer: observer, KeepJobs: cfg.Retention.Jobs, KeepLedger: cfg.Retention.Ledger,
		Receipts: receipts,
	}
}

// receiptReaders is how many receipts one worker reads at a time.
const receiptReaders = 4

// openReceipts makes the pool of the connections that only read.
func openReceipts(ctx context.Context, cfg *config.Config) (*pgxpool.Pool, error) {
	return store.Open(ctx, cfg.DatabaseURL.Reveal(), store.Options{
		Program: "holdfast-receipt", Size: receiptReaders, ConnectTimeout: connectTimeout, ReadOnly: true,
	})
}

// connectTimeout bounds one attempt to reach Postgres.
const connectTimeout = 5 * time.Second

// openPool connects and makes sure that the database is one to work on.
func openPool(ctx context.Context, cfg *config.Config) (*pgxpool.Pool, error) {
	pool, err := store.Open(ctx, cfg.DatabaseURL.Reveal(), store.Options{
		Program: "holdfast-worker", Size: cfg.Worker.PoolSize, ConnectTimeout: connectTimeout,
	})
	if err != nil {
		return nil, err
	}
	if err := store.Reach(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	if err := errors.Join(jobs.CheckSchema(ctx, pool), store.CheckDurability(ctx, pool)); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}
