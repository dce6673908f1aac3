package jobs_test

import (
	"errors"
	"log/slog"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/jobs"
)

func TestSchemaIsRefusedUntilMigrated(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	if err := jobs.CheckSchema(t.Context(), pool); err != nil {
		t.Fatalf("CheckSchema on a migrated database: %v", err)
	}
	if _, err := pool.Exec(t.Context(), "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)"); err != nil {
		t.Fatal(err)
	}
	if err := jobs.CheckSchema(t.Context(), pool); !errors.Is(err, jobs.ErrSchemaTooOld) {
		t.Errorf("CheckSchema one version behind = %v, want ErrSchemaTooOld", err)
	}
	if _, err := pool.Exec(t.Context(), "drop table goose_db_version"); err != nil {
		t.Fatal(err)
	}
	if err := jobs.CheckSchema(t.Context(), pool); !errors.Is(err, jobs.ErrSchemaTooOld) {
		t.Errorf("CheckSchema on an empty database = %v, want ErrSchemaTooOld", err)
	}
}

func TestMigrationsThatStartTogetherRunOnce(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	if _, err := pool.Exec(t.Context(), "drop schema public cascade; create schema public"); err != nil {
		t.Fatal(err)
	}
	var steps [3]int
	var wg sync.WaitGroup
	for i := range steps {
		wg.Go(func() {
			own, err := pgxpool.NewWithConfig(t.Context(), pool.Config())
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			if steps[i], err = jobs.Migrate(t.Context(), own, slog.New(slog.DiscardHandler)); err != nil {
				t.Errorf("Migrate: %v", err)
			}
		})
	}
	wg.Wait()
	var known int
	if err := pool.QueryRow(t.Context(), "select count(*) from goose_db_version where version_id > 0").Scan(&known); err != nil {
		t.Fatal(err)
	}
	if got := steps[0] + steps[1] + steps[2]; got != known {
		t.Errorf("steps taken = %v, want %d in one of them", steps, known)
	}
}
