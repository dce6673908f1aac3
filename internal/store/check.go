package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
)

// SourceCheck returns a check of a source, or [ErrNotFound].
func (s *Store) SourceCheck(ctx context.Context, id string) (project.SourceCheck, error) {
	row, err := s.q.CheckByID(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return project.SourceCheck{}, ErrNotFound
	}
	if err != nil {
		return project.SourceCheck{}, fmt.Errorf("read check %s: %w", id, err)
	}
	check := project.SourceCheck{
		ID: row.ID, Source: row.Source, CreatedAt: row.CreatedAt, FinishedAt: row.FinishedAt, Report: row.Report,
	}
	if row.Error != nil {
		if err := json.Unmarshal(row.Error, &check.Error); err != nil {
			return check, fmt.Errorf("decode the error of check %s: %w", id, err)
		}
	}
	return check, nil
}
