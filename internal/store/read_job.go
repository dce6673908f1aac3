package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// JobFilter chooses jobs of a list; empty strings choose all.
type JobFilter struct {
	Source string
	Status project.Status
	// Before is the id of the last job that has been seen already.
	Before string
	Limit  int
}

// Job returns one job, or an error that is [project.ErrNotFound].
func (s *Store) Job(ctx context.Context, id string) (project.Job, error) {
	jobs, err := s.Jobs(ctx, []string{id})
	if err != nil {
		return project.Job{}, err
	}
	if len(jobs) == 0 {
		return project.Job{}, fmt.Errorf("job %s: %w", id, project.ErrNotFound)
	}
	return jobs[0], nil
}

// Jobs returns jobs by id, in the order of the ids; ids of no job are left out.
func (s *Store) Jobs(ctx context.Context, ids []string) ([]project.Job, error) {
	rows, err := s.q.JobsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	byID := make(map[string]*db.JobsByIDRow, len(rows))
	for i := range rows {
		byID[rows[i].SyncJob.ID] = &rows[i]
	}
	jobs := make([]project.Job, 0, len(ids))
	for _, id := range ids {
		row, ok := byID[id]
		if !ok {
			continue
		}
		job, err := jobOf(row)
		if err != nil {
			return nil, fmt.Errorf("read job %s: %w", id, err)
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// ListJobs returns the jobs that the filter chooses, newest first.
func (s *Store) ListJobs(ctx context.Context, filter JobFilter) ([]project.Job, error) {
	ids, err := s.q.JobIDs(ctx, db.JobIDsParams{
		Source:   nilIfEmpty(filter.Source),
		Status:   nilIfEmpty(string(filter.Status)),
		Before:   nilIfEmpty(filter.Before),
		PageSize: int32(filter.Limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	return s.Jobs(ctx, ids)
}

func jobOf(row *db.JobsByIDRow) (project.Job, error) {
	receipt, err := decode[project.Receipt](row.SyncJob.Receipt)
	if err != nil {
		return project.Job{}, fmt.Errorf("receipt: %w", err)
	}
	jobError, err := decode[project.JobError](row.SyncJob.Error)
	if err != nil {
		return project.Job{}, fmt.Errorf("error: %w", err)
	}
	j := &row.SyncJob
	return project.Job{
		ID:                j.ID,
		Kind:              j.Kind,
		Source:            j.Source,
		Status:            project.Status(j.Status),
		Mode:              j.Mode,
		Trigger:           j.Trigger,
		Caller:            j.Caller,
		RetryOf:           j.RetryOf,
		CreatedAt:         j.CreatedAt,
		StartedAt:         j.StartedAt,
		FinishedAt:        j.FinishedAt,
		HeartbeatAt:       later(j.HeartbeatAt, row.LastBeat),
		RetryAt:           j.RetryAt,
		WaitingReason:     (*project.WaitingReason)(j.WaitingReason),
		CancelRequestedAt: j.CancelRequestedAt,
		Progress:          progressOf(row),
		Counts:            countsOf(row),
		Held:              j.Held,
		ListingComplete:   j.ListingComplete,
		IncompleteReason:  j.IncompleteReason,
		Receipt:           receipt,
		Error:             jobError,
	}, nil
}

// progressOf takes the total that the plan stated, else the sum of what the
// partitions' pages state: only if every one of them does.
func progressOf(row *db.JobsByIDRow) project.Progress {
	total := row.SyncJob.Total
	if total == nil && row.Partitions > 0 && row.Totals == row.Partitions {
		total = &row.Total
	}
	return project.Progress{
		PartitionsDone: int(row.PartitionsDone),
		Partitions:     int(row.Partitions),
		Pages:          row.Pages,
		Seen:           row.Seen,
		Total:          total,
	}
}

func countsOf(row *db.JobsByIDRow) project.Counts {
	return project.Counts{
		Created:     row.Created,
		Updated:     row.Updated,
		Unchanged:   row.Unchanged,
		Restored:    row.Restored,
		Absent:      row.SyncJob.Absent,
		Deleted:     row.SyncJob.Deleted,
		Quarantined: row.Quarantined,
		Duplicates:  row.Duplicates,
	}
}

func later(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return b
	}
	return a
}

func nilIfEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// decode reads a jsonb column that may be null.
func decode[T any](column []byte) (*T, error) {
	if column == nil {
		return nil, nil //nolint:nilnil // null is a value here
	}
	value := new(T)
	if err := json.Unmarshal(column, value); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	return value, nil
}
