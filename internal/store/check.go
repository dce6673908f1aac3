package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
)

// SourceCheck returns a check of a source, or an error that is
// [project.ErrNotFound].
func (s *Store) SourceCheck(ctx context.Context, id string) (project.SourceCheck, error) {
	row, err := s.q.CheckByID(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return project.SourceCheck{}, fmt.Errorf("check %s: %w", id, project.ErrNotFound)
	}
	if err != nil {
		return project.SourceCheck{}, fmt.Errorf("read check %s: %w", id, err)
	}
	check := project.SourceCheck{ID: row.ID, Source: row.Source, CreatedAt: row.CreatedAt, FinishedAt: row.FinishedAt}
	if check.Report, err = decode[project.SourceReport](row.Report); err != nil {
		return check, fmt.Errorf("report of check %s: %w", id, err)
	}
	if check.Error, err = decode[project.JobError](row.Error); err != nil {
		return check, fmt.Errorf("error of check %s: %w", id, err)
	}
	return check, nil
}
