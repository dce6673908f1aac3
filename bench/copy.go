package main

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"holdfast/bench/stage"
	"holdfast/internal/store"
)

// copyColumns are the columns that a load fills, in the order of copyValues.
func copyColumns() []string {
	return []string{
		"source", "external_id", "name", "full_path", "description", "web_url", "visibility", "archived",
		"default_branch", "owner", "topics", "language", "license", "stars", "forks", "created_at", "updated_at",
		"last_activity_at", "payload", "content_hash",
	}
}

func copyValues(source string, row *store.NewRow) []any {
	p := &row.Project
	return []any{
		source, p.ExternalID, p.Name, p.FullPath, p.Description, p.WebURL, p.Visibility, p.Archived,
		p.DefaultBranch, p.Owner, p.Topics, p.Language, p.License, p.Stars, p.Forks, p.CreatedAt, p.UpdatedAt,
		p.LastActivityAt, row.Payload, row.Hash,
	}
}

// copied is the limit of every load: pgx's binary COPY of rows that are ready
// into the same table with the same indexes, a transaction for each page. It
// keeps no history and no ledger, looks nothing up, and fences nobody.
func copied(ctx context.Context, database *stage.Database, rows []store.NewRow, page int) (float64, error) {
	if err := database.Empty(ctx); err != nil {
		return 0, err
	}
	conn, err := database.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("acquire connection: %w", err)
	}
	defer conn.Release()
	return timed(len(rows), func() error {
		for chunk := range slices.Chunk(rows, page) {
			if err := copyPage(ctx, conn.Conn(), "copied", slices.Values(chunk)); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyPage copies rows in one transaction.
func copyPage(ctx context.Context, conn *pgx.Conn, source string, rows iter.Seq[store.NewRow]) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		next, stop := iter.Pull(rows)
		defer stop()
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"projects"}, copyColumns(), pgx.CopyFromFunc(func() ([]any, error) {
			row, ok := next()
			if !ok {
				return nil, nil
			}
			return copyValues(source, &row), nil
		}))
		return err
	})
}
