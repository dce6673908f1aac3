package store

import (
	"context"
	"fmt"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// quarantineShown is how much of a quarantined record is read: a page of whole
// ones could be hundreds of MiB.
const quarantineShown = 64 << 10

// JobExists reports whether there is a job of that id.
func (s *Store) JobExists(ctx context.Context, id string) (bool, error) {
	exists, err := s.q.JobExists(ctx, id)
	if err != nil {
		return false, fmt.Errorf("look for job %s: %w", id, err)
	}
	return exists, nil
}

// Events returns a job's events that follow the one with the id after, oldest
// first.
func (s *Store) Events(ctx context.Context, jobID string, after int64, limit int) ([]project.Event, error) {
	rows, err := s.q.Events(ctx, db.EventsParams{JobID: jobID, After: after, PageSize: int32(limit)}) //nolint:gosec // page sizes are small
	if err != nil {
		return nil, fmt.Errorf("read events of job %s: %w", jobID, err)
	}
	events := make([]project.Event, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		events = append(events, project.Event{
			ID: r.ID, At: r.At, Kind: r.Kind, Code: r.Code, Message: r.Message, Retryable: r.Retryable,
			Partition: r.Partition, RetryAt: r.RetryAt, Sample: r.Sample,
		})
	}
	return events, nil
}

// Quarantined returns a job's quarantined records that follow the one with the
// id after, in the order in which they came.
func (s *Store) Quarantined(ctx context.Context, jobID string, after int64, limit int) ([]project.Quarantined, error) {
	rows, err := s.q.QuarantinedRecords(ctx, db.QuarantinedRecordsParams{
		PayloadLimit: quarantineShown, JobID: jobID, After: after, PageSize: int32(limit), //nolint:gosec // page sizes are small
	})
	if err != nil {
		return nil, fmt.Errorf("read quarantine of job %s: %w", jobID, err)
	}
	records := make([]project.Quarantined, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		record := project.Quarantined{
			ID: r.ID, ExternalID: r.ExternalID, Reason: r.Reason, Page: r.PageNo, Payload: r.Payload,
			PayloadBytes: int(r.PayloadBytes), CreatedAt: r.CreatedAt,
		}
		if r.Partition != nil {
			record.Partition = *r.Partition
		}
		records = append(records, record)
	}
	return records, nil
}
