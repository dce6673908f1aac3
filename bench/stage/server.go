// Package stage sets up what the benchmark measures: databases on the Postgres
// server, the programs as a user runs them, and sources that answer at once.
package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/bench/report"
	"holdfast/bench/stats"
	"holdfast/internal/jobs"
	"holdfast/internal/store"
)

// Server is the Postgres server that everything runs on. It makes databases of
// its own there and touches no others.
type Server struct {
	address *url.URL
	admin   *pgxpool.Pool
	// prefix begins the name of every database that this run makes.
	prefix string
	made   []string
}

// OpenServer connects to the server and makes sure that it is durable, as it
// would have to be in production.
func OpenServer(ctx context.Context, address string) (*Server, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return nil, errors.New("the database's address must be a URL: postgres://user@host:port/database")
	}
	admin, err := store.Open(ctx, address, store.Options{Program: "holdfast-bench", Size: 2, ConnectTimeout: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	if err := store.CheckDurability(ctx, admin); err != nil {
		admin.Close()
		return nil, err
	}
	return &Server{address: parsed, admin: admin, prefix: fmt.Sprintf("holdfast_bench_%d_", os.Getpid())}, nil
}

// Close drops the databases of this run.
func (s *Server) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	errs := make([]error, 0, len(s.made))
	for _, name := range s.made {
		_, err := s.admin.Exec(ctx, "drop database if exists "+name+" with (force)")
		errs = append(errs, err)
	}
	s.admin.Close()
	return errors.Join(errs...)
}

// Database is a database of this run with Holdfast's schema.
type Database struct {
	*pgxpool.Pool

	URL string
}

// NewDatabase makes a database and migrates it. Closing its pool is up to the caller.
func (s *Server) NewDatabase(ctx context.Context, purpose string) (*Database, error) {
	name := s.prefix + purpose
	if _, err := s.admin.Exec(ctx, "create database "+name); err != nil {
		return nil, fmt.Errorf("create database %s (the benchmark needs the right to do that): %w", name, err)
	}
	s.made = append(s.made, name)
	address := *s.address
	address.Path = "/" + name
	pool, err := store.Open(ctx, address.String(), store.Options{
		Program: "holdfast-bench", Size: 64, ConnectTimeout: 10 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	if _, err := jobs.Migrate(ctx, pool, slog.New(slog.DiscardHandler)); err != nil {
		pool.Close()
		return nil, err
	}
	return &Database{Pool: pool, URL: address.String()}, nil
}

// DropDatabase removes a database that is no longer needed, to free its space.
func (s *Server) DropDatabase(ctx context.Context, d *Database) error {
	name := d.Config().ConnConfig.Database
	d.Close()
	if _, err := s.admin.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// Checkpoint writes out what is dirty, so that no side of a comparison pays for
// the one before it.
func (d *Database) Checkpoint(ctx context.Context) error {
	if _, err := d.Exec(ctx, "checkpoint"); err != nil {
		return fmt.Errorf("checkpoint (the benchmark needs the role pg_checkpoint): %w", err)
	}
	return nil
}

// Empty takes every mirrored row and its history away.
func (d *Database) Empty(ctx context.Context) error {
	if _, err := d.Exec(ctx, "truncate projects, project_changes, project_absences"); err != nil {
		return fmt.Errorf("empty the table: %w", err)
	}
	return d.Checkpoint(ctx)
}

// WAL returns how many bytes of write-ahead log the server has written so far.
func (d *Database) WAL(ctx context.Context) (float64, error) {
	return d.Number(ctx, "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8")
}

// Number reads one number.
func (d *Database) Number(ctx context.Context, query string, args ...any) (float64, error) {
	var n float64
	if err := d.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	return n, nil
}

// Describe adds the server's part to a machine's description.
func (s *Server) Describe(ctx context.Context, m *report.Machine) error {
	if err := s.admin.QueryRow(ctx, "show server_version").Scan(&m.Postgres); err != nil {
		return fmt.Errorf("ask for the server's version: %w", err)
	}
	m.Postgres, _, _ = strings.Cut(m.Postgres, " ")
	var settings []string
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"} {
		var value string
		if err := s.admin.QueryRow(ctx, "select current_setting($1)", name).Scan(&value); err != nil {
			return fmt.Errorf("ask for %s: %w", name, err)
		}
		settings = append(settings, name+" "+value)
	}
	m.Settings = strings.Join(settings, ", ")
	var err error
	m.SyncMicros, err = s.syncMicros(ctx)
	return err
}

// syncMicros measures what a small commit costs by the difference to one that
// need not be durable.
func (s *Server) syncMicros(ctx context.Context) (float64, error) {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release()
	const times = 200
	var sync, async []float64
	for range times {
		for _, mode := range []string{"on", "off"} {
			took, err := smallCommit(ctx, conn.Conn(), mode)
			if err != nil {
				return 0, err
			}
			if mode == "on" {
				sync = append(sync, took)
			} else {
				async = append(async, took)
			}
		}
	}
	return max(0, stats.Median(sync)-stats.Median(async)), nil
}

func smallCommit(ctx context.Context, conn *pgx.Conn, mode string) (float64, error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	// The message is one WAL record and nothing else.
	_, err = tx.Exec(ctx, "select set_config('synchronous_commit', $1, true), pg_logical_emit_message(true, 'holdfast-bench', '')", mode)
	if err != nil {
		return 0, fmt.Errorf("write a small record: %w", err)
	}
	begun := time.Now()
	if err := tx.Commit(ctx); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	return float64(time.Since(begun).Nanoseconds()) / 1e3, nil
}
