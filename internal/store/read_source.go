package store

import (
	"context"
	"fmt"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// SourceExists reports whether a source was ever synced or asked for, also if
// the configuration no longer has it.
func (s *Store) SourceExists(ctx context.Context, name string) (bool, error) {
	exists, err := s.q.SourceExists(ctx, name)
	if err != nil {
		return false, fmt.Errorf("look for source %q: %w", name, err)
	}
	return exists, nil
}

// SourceStates returns how sources are doing, by name; those that were never
// asked for are missing.
func (s *Store) SourceStates(ctx context.Context, names []string) (map[string]project.SourceState, error) {
	rows, err := s.q.SourceStates(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	jobs, err := s.Jobs(ctx, lastJobs(rows))
	if err != nil {
		return nil, err
	}
	last := make(map[string]*project.Job, len(jobs))
	for i := range jobs {
		last[jobs[i].ID] = &jobs[i]
	}
	states := make(map[string]project.SourceState, len(rows))
	for i := range rows {
		r := &rows[i]
		receipt, err := decode[project.Receipt](r.LastReceipt)
		if err != nil {
			return nil, fmt.Errorf("receipt of source %q: %w", r.Name, err)
		}
		states[r.Name] = project.SourceState{
			Name: r.Name, RetryAt: r.RetryAt, RetryReason: r.RetryReason, ConfigFailures: int(r.ConfigFailures),
			LastJob: last[r.LastJob], LastSuccess: r.LastSuccess, LastSuccessAt: r.LastSuccessAt, LastReceipt: receipt,
		}
	}
	return states, nil
}

func lastJobs(rows []db.SourceStatesRow) []string {
	ids := make([]string, 0, len(rows))
	for i := range rows {
		if rows[i].LastJob != "" {
			ids = append(ids, rows[i].LastJob)
		}
	}
	return ids
}

// SourceFigures returns the numbers about sources of these names; those that
// were never asked for are missing.
func (s *Store) SourceFigures(ctx context.Context, names []string) ([]project.SourceFigures, error) {
	rows, err := s.q.SourceFigures(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	figures := make([]project.SourceFigures, len(rows))
	for i, r := range rows {
		figures[i] = project.SourceFigures{
			Name: r.Name, ConfigFailures: int64(r.ConfigFailures), LastSuccessAt: r.LastSuccessAt, HeldDeletions: r.Held,
			Queued: r.Queued, Running: r.Running, Waiting: r.Waiting,
		}
	}
	return figures, nil
}
