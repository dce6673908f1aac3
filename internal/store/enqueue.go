package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store/db"
)

// slotTries bounds how often a job that begins right now is passed by. Each
// try finds either a free queue place or a job in it; only somebody who starts
// and enqueues jobs in the same instant makes one fail.
const slotTries = 20

// errQueuePlace is returned when the queue place of a source changed hands
// over and over while it was asked for.
var errQueuePlace = errors.New("the source's queue place changes hands too fast")

// QueuedJob is the job that has a source's queue place.
type QueuedJob struct {
	ID     string
	Source string
	// New is false for a job that was there before.
	New bool
}

// QueueJobs takes the queue place of every source of the request, or finds the
// job that has it and keeps it from beginning until the transaction ends. The
// answer has the order of the request.
func (tx *Tx) QueueJobs(ctx context.Context, request project.EnqueueRequest) ([]QueuedJob, error) {
	names, kinds := make([]string, len(request.Sources)), make([]string, len(request.Sources))
	for i, s := range request.Sources {
		names[i], kinds[i] = s.Name, s.Kind
	}
	if err := tx.RecordSources(ctx, db.RecordSourcesParams{Names: names, Kinds: kinds}); err != nil {
		return nil, fmt.Errorf("record sources: %w", err)
	}
	found := make(map[string]QueuedJob, len(names))
	for range slotTries {
		missing := without(names, found)
		if len(missing) == 0 {
			break
		}
		if err := tx.queueOnce(ctx, request, missing, found); err != nil {
			return nil, err
		}
	}
	jobs := make([]QueuedJob, len(names))
	for i, name := range names {
		job, ok := found[name]
		if !ok {
			return nil, fmt.Errorf("source %q: %w", name, errQueuePlace)
		}
		jobs[i] = job
	}
	return jobs, nil
}

func (tx *Tx) queueOnce(
	ctx context.Context, request project.EnqueueRequest, names []string, found map[string]QueuedJob,
) error {
	ids, modes := make([]string, len(names)), make([]string, len(names))
	for i := range ids {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make job id: %w", err)
		}
		ids[i], modes[i] = id.String(), request.ModeOf(names[i])
	}
	inserted, err := tx.InsertJobs(ctx, db.InsertJobsParams{
		Ids: ids, Sources: names, Modes: modes, Trigger: request.Trigger, Caller: request.Caller,
		RetryOf: request.RetryOf,
	})
	if err != nil {
		return fmt.Errorf("insert jobs: %w", err)
	}
	for _, row := range inserted {
		found[row.Source] = QueuedJob{ID: row.ID, Source: row.Source, New: true}
	}
	taken := without(names, found)
	if len(taken) == 0 {
		return nil
	}
	full := slices.DeleteFunc(slices.Clone(taken), func(name string) bool {
		return request.ModeOf(name) != project.ModeFull
	})
	if err := tx.UpgradeJobs(ctx, full); err != nil {
		return fmt.Errorf("upgrade queued jobs: %w", err)
	}
	waiting, err := tx.NextJobs(ctx, taken)
	if err != nil {
		return fmt.Errorf("find queued jobs: %w", err)
	}
	for _, row := range waiting {
		found[row.Source] = QueuedJob{ID: row.ID, Source: row.Source}
	}
	return nil
}

func without(names []string, found map[string]QueuedJob) []string {
	var missing []string
	for _, name := range names {
		if _, ok := found[name]; !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

// RememberKey binds an idempotency key to jobs. It returns false when the key
// is bound already.
func (tx *Tx) RememberKey(
	ctx context.Context, request project.EnqueueRequest, jobs []QueuedJob, keep time.Duration,
) (bool, error) {
	ids, coalesced := make([]string, len(jobs)), make([]bool, len(jobs))
	for i, job := range jobs {
		ids[i], coalesced[i] = job.ID, !job.New
	}
	n, err := tx.InsertKey(ctx, db.InsertKeyParams{
		Caller: request.Caller, Key: request.IdempotencyKey, Fingerprint: request.Fingerprint,
		JobIds: ids, Coalesced: coalesced, Keep: keep,
	})
	if err != nil {
		return false, fmt.Errorf("remember the idempotency key: %w", err)
	}
	return n == 1, nil
}

// RecallKey returns what an idempotency key is bound to, and the fingerprint
// of the request that bound it; [ErrNotFound] when it is not bound.
func (s *Store) RecallKey(ctx context.Context, caller, key string) ([]project.EnqueuedJob, []byte, error) {
	row, err := s.q.Key(ctx, db.KeyParams{Caller: caller, Key: key})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, ErrNotFound
	}
	if err != nil {
		return nil, nil, fmt.Errorf("recall the idempotency key: %w", err)
	}
	jobs := make([]project.EnqueuedJob, len(row.JobIds))
	for i, id := range row.JobIds {
		jobs[i] = project.EnqueuedJob{ID: id, Coalesced: row.Coalesced[i]}
	}
	return jobs, row.Fingerprint, nil
}
