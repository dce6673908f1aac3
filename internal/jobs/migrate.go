package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"holdfast/migrations"
)

// riverMigration is the goose version that brings River's schema to
// riverVersion. A River release with a newer schema gets a version of its own.
const (
	riverMigration = 4
	riverVersion   = 8
)

// ErrSchemaTooOld is returned when the database lacks migrations that this
// program needs.
var ErrSchemaTooOld = errors.New("the database schema is too old for this program: run 'holdfast-api migrate' first")

// Migrate brings the schema up to date: Holdfast's own migrations and River's,
// one after the other, under one lock that makes concurrent callers wait.
// rivermigrate takes no lock of its own, so it runs as one of goose's steps. It
// is safe to run at any time and again, and it returns how many steps it took.
func Migrate(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) (int, error) {
	provider, closeDB, err := newProvider(pool)
	if err != nil {
		return 0, err
	}
	defer closeDB()
	results, err := provider.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	for _, r := range results {
		log.InfoContext(ctx, "schema migrated", "version", r.Source.Version, "duration", r.Duration)
	}
	return len(results), nil
}

// CheckSchema returns [ErrSchemaTooOld] unless every migration this program
// knows has run. A newer schema is fine: old programs run on new schemas.
func CheckSchema(ctx context.Context, pool *pgxpool.Pool) error {
	provider, closeDB, err := newProvider(pool)
	if err != nil {
		return err
	}
	defer closeDB()
	sources := provider.ListSources()
	var current int64
	const version = "select coalesce(max(version_id), 0) from goose_db_version where is_applied"
	var known bool
	if err := pool.QueryRow(ctx, "select to_regclass('goose_db_version') is not null").Scan(&known); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if known {
		if err := pool.QueryRow(ctx, version).Scan(&current); err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
	}
	if wanted := sources[len(sources)-1].Version; current < wanted {
		return fmt.Errorf("%w (it is at version %d of %d)", ErrSchemaTooOld, current, wanted)
	}
	return nil
}

// newProvider makes the goose provider over the embedded files and River's
// step, and the function that releases its connections.
func newProvider(pool *pgxpool.Pool) (*goose.Provider, func(), error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, nil, fmt.Errorf("make migration lock: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	closeDB := func() { _ = db.Close() }
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS,
		goose.WithSessionLocker(locker),
		goose.WithGoMigrations(goose.NewGoMigration(riverMigration,
			&goose.GoFunc{RunDB: riverStep(pool, rivermigrate.DirectionUp, riverVersion)},
			&goose.GoFunc{RunDB: riverStep(pool, rivermigrate.DirectionDown, -1)})),
	)
	if err != nil {
		closeDB()
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, closeDB, nil
}

// riverStep migrates River's schema to a version of its main line.
func riverStep(pool *pgxpool.Pool, way rivermigrate.Direction, version int) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, _ *sql.DB) error {
		migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
		if err != nil {
			return fmt.Errorf("make river migrator: %w", err)
		}
		if _, err := migrator.Migrate(ctx, way, &rivermigrate.MigrateOpts{TargetVersion: version}); err != nil {
			return fmt.Errorf("migrate river: %w", err)
		}
		return nil
	}
}
