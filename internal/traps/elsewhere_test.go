package traps_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/jobs"
)

// tenant makes the pool's connections look into a schema of that name only, as
// an option in a URL, a role's setting or a pooler's default may.
func tenant(config *pgxpool.Config) {
	config.ConnConfig.RuntimeParams["search_path"] = "tenant"
}

// Everything is committed, to a table of the same name in another schema. (Or
// another database, another server: the statements look the same.)
func TestTrapTheRowsWentIntoAnotherSchema(t *testing.T) {
	t.Parallel()
	b := setupWith(t, tenant)
	ctx := t.Context()
	for _, statement := range []string{
		"create schema tenant",
		"create table tenant.projects (like public.projects including all)", // "create if not exists" at start-up
	} {
		_, err := b.pool.Exec(ctx, statement)
		must(t, err)
	}
	tx, err := b.pool.Begin(ctx)
	must(t, err)
	must(t, writePages(ctx, tx))
	must(t, tx.Commit(ctx))
	b.wantProjects(t, 0)
	b.wantStatements(t, "create", "create", "begin", "insert", "insert", "insert", "commit")
}

// Programs never create a table when they start: they refuse to run where the
// migrations did not, so a wrong place is an error and not an empty table.
func TestHoldfastRefusesAPlaceThatWasNotMigrated(t *testing.T) {
	t.Parallel()
	b := setupWith(t, tenant)
	if err := jobs.CheckSchema(t.Context(), b.pool); !errors.Is(err, jobs.ErrSchemaTooOld) {
		t.Errorf("CheckSchema in another schema = %v, want ErrSchemaTooOld", err)
	}
}
