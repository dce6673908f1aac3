package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// DeletionPlan returns what a job held back, or an error that is
// [project.ErrNothingHeld] if it never held back anything.
func (s *Store) DeletionPlan(ctx context.Context, jobID string) (project.DeletionPlan, error) {
	p, err := s.q.PlanOfJob(ctx, jobID)
	if errors.Is(err, pgx.ErrNoRows) {
		return project.DeletionPlan{}, fmt.Errorf("job %s: %w", jobID, project.ErrNothingHeld)
	}
	if err != nil {
		return project.DeletionPlan{}, fmt.Errorf("read deletion plan of job %s: %w", jobID, err)
	}
	return project.DeletionPlan{
		JobID: p.JobID, Source: p.Source, State: project.PlanState(p.State), Held: p.Held, Live: p.Live,
		AbsentRuns: int(p.AbsentRuns), CreatedAt: p.CreatedAt, DecidedAt: p.DecidedAt, DecidedBy: p.DecidedBy,
		Deleted: p.Deleted,
	}, nil
}

// DeletionRows returns rows that a plan concerns and that follow the one with
// the id after: the ones it would delete now while it is held, the ones that
// were deleted once it is approved, none otherwise.
func (s *Store) DeletionRows(ctx context.Context, plan project.DeletionPlan, after int64, limit int) ([]project.Row, error) {
	switch plan.State {
	case project.PlanHeld:
		return s.heldRows(ctx, plan, after, limit)
	case project.PlanApproved:
		return s.rowsDeletedBy(ctx, plan, after, limit)
	case project.PlanDiscarded, project.PlanSuperseded:
	}
	return nil, nil
}

func (s *Store) heldRows(ctx context.Context, plan project.DeletionPlan, after int64, limit int) ([]project.Row, error) {
	rows, err := s.q.HeldRows(ctx, db.HeldRowsParams{
		Source:     plan.Source,
		AbsentRuns: int32(plan.AbsentRuns), //nolint:gosec // came from an int32
		After:      after,
		PageSize:   int32(limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("read rows held by job %s: %w", plan.JobID, err)
	}
	return rowsOf(rows), nil
}

func (s *Store) rowsDeletedBy(ctx context.Context, plan project.DeletionPlan, after int64, limit int) ([]project.Row, error) {
	rows, err := s.q.RowsDeletedBy(ctx, db.RowsDeletedByParams{
		Source:   plan.Source,
		JobID:    plan.JobID,
		After:    after,
		PageSize: int32(limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("read rows deleted by job %s: %w", plan.JobID, err)
	}
	return rowsOf(rows), nil
}
