package main

import (
	"context"
	"fmt"

	"holdfast/internal/jobs"
	"holdfast/internal/store"
)

// migratePool is enough connections: one that holds the lock, and those of the
// steps.
const migratePool = 4

// migrate brings the schema up to date. It is safe to run again, and several
// at once.
func (c invocation) migrate(ctx context.Context) error {
	url, logging, err := c.database()
	if err != nil {
		return err
	}
	pool, err := store.Open(ctx, url, store.Options{
		Program: "holdfast-migrate", Size: migratePool, ConnectTimeout: connectTimeout,
	})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.Reach(ctx, pool); err != nil {
		return err
	}
	steps, err := jobs.Migrate(ctx, pool, logging.Logger(c.stderr))
	if err != nil {
		return err
	}
	if steps == 0 {
		fmt.Fprintln(c.stdout, "the schema is up to date")
		return nil
	}
	fmt.Fprintf(c.stdout, "the schema is up to date after %d steps\n", steps)
	return nil
}
