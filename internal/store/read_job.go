package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holdfast/internal/gather"
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

// Job returns one job, or an error that is [project.ErrNotFound]. Look-ups that
// arrive while others are under way share the next query: one for ten jobs costs
// Postgres a quarter of ten for one.
func (s *Store) Job(ctx context.Context, id string) (project.Job, error) {
	return s.lookUps.Do(ctx, id)
}

const (
	// lookUpFlights is how many queries for single jobs are under way at a time,
	// and maxLookUps for how many jobs one of them may be.
	lookUpFlights = 2
	maxLookUps    = 64
	// lookUpTimeout bounds such a query, the wait for a connection included.
	lookUpTimeout = 10 * time.Second
)

func (s *Store) newLookUps() *gather.Group[string, project.Job] {
	return gather.New(gather.Limits{Flights: lookUpFlights, Size: maxLookUps}, s.lookUp)
}

// lookUp answers each id by itself: a row that cannot be read is nobody else's
// error.
func (s *Store) lookUp(ids []string) []gather.Answer[project.Job] {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpTimeout)
	defer cancel()
	answers := make([]gather.Answer[project.Job], len(ids))
	byID, err := s.jobRows(ctx, ids)
	for i, id := range ids {
		switch row := byID[id]; {
		case err != nil:
			answers[i].Err = err
		case row == nil:
			answers[i].Err = fmt.Errorf("job %s: %w", id, project.ErrNotFound)
		default:
			answers[i].Value, answers[i].Err = jobOf(row)
		}
	}
	return answers
}

// Jobs returns jobs by id, in the order of the ids; ids of no job are left out.
func (s *Store) Jobs(ctx context.Context, ids []string) ([]project.Job, error) {
	byID, err := s.jobRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	jobs := make([]project.Job, 0, len(ids))
	for _, id := range ids {
		row, ok := byID[id]
		if !ok {
			continue
		}
		job, err := jobOf(row)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

func (s *Store) jobRows(ctx context.Context, ids []string) (map[string]*db.JobsByIDRow, error) {
	rows, err := s.q.JobsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	byID := make(map[string]*db.JobsByIDRow, len(rows))
	for i := range rows {
		byID[rows[i].SyncJob.ID] = &rows[i]
	}
	return byID, nil
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
		return project.Job{}, fmt.Errorf("receipt of job %s: %w", row.SyncJob.ID, err)
	}
	jobError, err := decode[project.JobError](row.SyncJob.Error)
	if err != nil {
		return project.Job{}, fmt.Errorf("error of job %s: %w", row.SyncJob.ID, err)
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
		HeartbeatAt:       heartbeatOf(row),
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

// heartbeatOf is the latest heartbeat of the job's own task and its partitions'.
func heartbeatOf(row *db.JobsByIDRow) *time.Time {
	own := row.SyncJob.HeartbeatAt
	if row.Beats > 0 && (own == nil || row.LastBeat.After(*own)) {
		return &row.LastBeat
	}
	return own
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
