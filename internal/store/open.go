package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotDurable is returned for a server that may lose what it has committed.
var ErrNotDurable = errors.New("this Postgres server does not keep what it commits")

// sessionSettings bound how long a process that was stopped, or that lost its
// network, can keep a lock: a partition's row must be free for the next worker
// well within the takeover bound. See runtime parameters in the PostgreSQL manual.
func sessionSettings() map[string]string {
	return map[string]string{
		"idle_in_transaction_session_timeout": "4s",
		"lock_timeout":                        "5s",
		"tcp_user_timeout":                    "8s",
		"tcp_keepalives_idle":                 "5",
		"tcp_keepalives_interval":             "2",
		"tcp_keepalives_count":                "3",
		"timezone":                            "UTC",
	}
}

// Options of a connection pool.
type Options struct {
	// Program is the application_name that operators see in pg_stat_activity.
	Program string
	// Size is the largest number of connections.
	Size int32
	// ConnectTimeout bounds one attempt to connect.
	ConnectTimeout time.Duration
	// ReadOnly makes connections that take no part in what they read about:
	// for receipts. What they read may be any part of a large table, so that
	// each reading is planned for what it is to read.
	ReadOnly bool
}

// maxIdleReader is how long a read-only connection is kept for the next reading.
const maxIdleReader = time.Minute

// Open makes a connection pool with the session settings that every process of
// Holdfast uses. It does not connect yet.
func Open(ctx context.Context, url string, options Options) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	config.MaxConns = options.Size
	config.ConnConfig.ConnectTimeout = options.ConnectTimeout
	prepare(config.ConnConfig, options)
	if options.ReadOnly {
		config.MaxConnIdleTime = maxIdleReader
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("make the connection pool: %w", err)
	}
	return pool, nil
}

// prepare adds the session settings to those that the URL states itself.
func prepare(config *pgx.ConnConfig, options Options) {
	for name, value := range sessionSettings() {
		if _, stated := config.RuntimeParams[name]; !stated {
			config.RuntimeParams[name] = value
		}
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = options.Program
	}
	if options.ReadOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
		config.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	}
}

// Reach makes one connection, to say early and plainly that there is none.
func Reach(ctx context.Context, pool *pgxpool.Pool) error {
	if err := pool.Ping(ctx); err != nil {
		return fmt.Errorf("the database cannot be reached; check database_url or DATABASE_URL: %w", err)
	}
	return nil
}

// CheckDurability returns [ErrNotDurable], with the settings to change, when
// the server could lose committed transactions in a crash: then nothing that
// Holdfast promises would hold.
func CheckDurability(ctx context.Context, pool *pgxpool.Pool) error {
	var off []string
	for _, setting := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var value string
		if err := pool.QueryRow(ctx, "select current_setting($1, true)", setting).Scan(&value); err != nil {
			return fmt.Errorf("read the server's settings: %w", err)
		}
		if value == "off" {
			off = append(off, setting+" = on")
		}
	}
	if len(off) > 0 {
		return fmt.Errorf("%w: set %s in postgresql.conf and reload it", ErrNotDurable, strings.Join(off, ", "))
	}
	return nil
}
