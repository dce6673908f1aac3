// Package dbtest gives each test a Postgres database of its own, copied from a
// migrated template, so that tests run in parallel on the real thing.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/jobs"
	"holdfast/migrations"
)

// template makes the migrated template once for each test binary; it is kept
// for the next binary, under a name that changes with the migrations.
var template = sync.OnceValues(makeTemplate) //nolint:gochecknoglobals // once per test binary

// New returns a pool on a fresh, migrated database that is dropped when the
// test ends.
func New(tb testing.TB) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), URL(tb))
	if err != nil {
		tb.Fatalf("open test database: %v", err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// URL returns the connection string of a fresh, migrated database that is
// dropped when the test ends, for tests that start programs.
func URL(tb testing.TB) string {
	tb.Helper()
	from, err := template()
	if err != nil {
		tb.Fatalf("prepare test database: %v", err)
	}
	name := "holdfast_t_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:16]
	admin(tb, "create database "+name+" template "+from)
	tb.Cleanup(func() { admin(tb, "drop database if exists "+name+" with (force)") })
	config, err := pgx.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		tb.Fatalf("read DATABASE_URL: %v", err)
	}
	return withDatabase(config, name)
}

// admin runs one statement on the server's own database.
func admin(tb testing.TB, statement string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		tb.Fatalf("connect to Postgres: %v", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		tb.Fatalf("%s: %v", statement, err)
	}
}

// makeTemplate returns the name of a migrated database that nobody is
// connected to. Binaries that start together wait for each other.
func makeTemplate() (string, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return "", errors.New("DATABASE_URL is not set: run the tests with 'make test', or start a database with" +
			" scripts/postgres.sh start and export the URL it prints")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return "", fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	const key = 0x686f6c64 // any number that these tests agree on
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", key); err != nil {
		return "", fmt.Errorf("lock the template: %w", err)
	}
	return ensureTemplate(ctx, conn)
}

// ensureTemplate migrates into a database with another name and renames it, so
// that a template is either whole or not there.
func ensureTemplate(ctx context.Context, conn *pgx.Conn) (string, error) {
	sum, err := migrationsSum()
	if err != nil {
		return "", err
	}
	name := "holdfast_template_" + sum
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	draft := name + "_draft"
	for _, statement := range []string{"drop database if exists " + draft, "create database " + draft} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", fmt.Errorf("%s: %w", statement, err)
		}
	}
	pool, err := pgxpool.New(ctx, withDatabase(conn.Config(), draft))
	if err != nil {
		return "", fmt.Errorf("open the template: %w", err)
	}
	_, err = jobs.Migrate(ctx, pool, slog.New(slog.DiscardHandler))
	pool.Close()
	if err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "alter database "+draft+" rename to "+name); err != nil {
		return "", fmt.Errorf("name the template: %w", err)
	}
	return name, nil
}

// migrationsSum names the current migrations.
func migrationsSum() (string, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return "", fmt.Errorf("list migrations: %w", err)
	}
	sum := sha256.New()
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			return "", fmt.Errorf("read migration: %w", err)
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// withDatabase writes a connection string for another database of the same server.
func withDatabase(config *pgx.ConnConfig, name string) string {
	secret := ""
	if config.Password != "" {
		secret = " password='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(config.Password) + "'"
	}
	mode := "disable"
	if config.TLSConfig != nil {
		mode = "require"
	}
	return fmt.Sprintf("host=%s port=%d user=%s dbname=%s sslmode=%s%s",
		config.Host, config.Port, config.User, name, mode, secret)
}
