package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/bench/stage"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// rowByRowShare is the part of the listing that is loaded row by row: its rate
// does not depend on the length, and the whole of it would take minutes.
const rowByRowShare = 10

// rowByRow loads a listing the way that a web endpoint does which syncs in its
// request's session: one session, and for each record a look whether it is
// there, an insert or an update, and a commit. An ORM would add its own cost.
func rowByRow(ctx context.Context, database *stage.Database, src source.Source, count int) (float64, error) {
	if err := database.Empty(ctx); err != nil {
		return 0, err
	}
	conn, err := database.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release()
	plan, err := src.Plan(ctx)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	done := 0
	for page, err := range src.List(ctx, plan.Partitions[0], "") {
		if err != nil {
			return 0, err
		}
		for _, record := range page.Records {
			row, err := readRow(src, record)
			if err != nil {
				return 0, err
			}
			if err := saveRow(ctx, conn.Conn(), &row); err != nil {
				return 0, err
			}
			if done++; done == count {
				return rate(done, time.Since(begun)), nil
			}
		}
	}
	return 0, fmt.Errorf("the listing has only %d of %d records", done, count)
}

// saveRow saves a record in a transaction of its own.
func saveRow(ctx context.Context, conn *pgx.Conn, row *store.NewRow) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, "select id from projects where source = $1 and external_id = $2", "orm",
			row.Project.ExternalID).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("the table was to be empty: %w", err)
		}
		_, err = tx.Exec(ctx, insertRow, copyValues("orm", row)...)
		return err
	})
}

const insertRow = `insert into projects (source, external_id, name, full_path, description, web_url, visibility, archived,
	default_branch, owner, topics, language, license, stars, forks, created_at, updated_at, last_activity_at, payload, content_hash)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
