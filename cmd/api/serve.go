package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/api"
	"holdfast/internal/config"
	"holdfast/internal/health"
	"holdfast/internal/jobs"
	"holdfast/internal/metrics"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

const (
	// connectTimeout bounds one attempt to reach Postgres.
	connectTimeout = 5 * time.Second
	// drainNotice is how long /readyz says no before connections are refused.
	drainNotice = time.Second
)

// serve answers requests until ctx is over, and then drains.
func (c invocation) serve(ctx context.Context) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	log := cfg.Log.Logger(c.stderr)
	for _, warning := range cfg.Warnings {
		log.WarnContext(ctx, "configuration", "warning", warning)
	}
	pool, err := openPool(ctx, cfg)
	if err != nil {
		return err
	}
	defer pool.Close()
	server, err := newServer(cfg, pool, log) //nolint:contextcheck // its handlers take each request's
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.API.Listen)
	if err != nil {
		return fmt.Errorf("listen on api.listen: %w", err)
	}
	log.InfoContext(ctx, "api ready", "listen", listener.Addr().String(), "sources", len(cfg.Sources), "version", version)
	if len(cfg.API.Tokens) == 0 && !loopback(listener.Addr()) {
		log.WarnContext(ctx, "api.tokens is empty: whoever reaches this port may do everything")
	}
	err = server.Serve(ctx, listener, api.Timeouts{
		Read: cfg.API.ReadTimeout, Write: cfg.API.WriteTimeout, Idle: cfg.API.IdleTimeout,
		Notice: drainNotice, Drain: cfg.API.DrainTimeout,
	}, log)
	log.InfoContext(ctx, "api stopped")
	return err
}

// loopback reports whether only this machine reaches the address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// openPool connects and makes sure that the database is one to work on.
func openPool(ctx context.Context, cfg *config.Config) (*pgxpool.Pool, error) {
	pool, err := store.Open(ctx, cfg.DatabaseURL.Reveal(), store.Options{
		Program: "holdfast-api", Size: cfg.API.PoolSize, ConnectTimeout: connectTimeout,
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

// newServer wires the server.
func newServer(cfg *config.Config, pool *pgxpool.Pool, log *slog.Logger) (*api.Server, error) {
	client, err := jobs.NewClient(pool, log)
	if err != nil {
		return nil, err
	}
	reads := store.New(pool)
	counted := metrics.NewAPI(metrics.Process{Version: version, Pool: pool.Stat})
	return api.New(api.Deps{
		Queue:     client,
		Deletions: client,
		Checker:   client,
		Jobs:      reads,
		Records:   reads,
		Plans:     reads,
		Mirror:    reads,
		Sources:   sources(cfg),
		Checks: []health.Check{
			{Name: "connection to the database", Run: pool.Ping},
			{Name: "version of the schema", Run: func(ctx context.Context) error { return jobs.CheckSchema(ctx, pool) }},
		},
		Tokens:         tokens(cfg),
		TrustedProxies: cfg.API.TrustedProxies,
		BodyLimit:      int64(cfg.API.BodyLimit),
		RateLimit:      cfg.API.RateLimit,
		Metrics:        counted.Handler(),
		Observer:       counted,
		Log:            log,
	}), nil
}

func sources(cfg *config.Config) []api.Source {
	list := make([]api.Source, len(cfg.Sources))
	for i := range cfg.Sources {
		s := &cfg.Sources[i]
		list[i] = api.Source{SourceRef: project.SourceRef{Name: s.Name, Kind: s.Kind, Mode: s.Mode}, Enabled: s.Enabled}
	}
	return list
}

func tokens(cfg *config.Config) []api.Token {
	list := make([]api.Token, len(cfg.API.Tokens))
	for i, t := range cfg.API.Tokens {
		list[i] = api.Token{Name: t.Name, Secret: t.Token.Reveal(), Role: api.Role(t.Role)}
	}
	return list
}
