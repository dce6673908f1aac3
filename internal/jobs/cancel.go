package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// Cancel asks a job to stop. Partitions that nobody works on stop at once; the
// workers of the others notice at their next heartbeat, and the last of them
// makes the job cancelled. What is committed stays. Asking again is harmless.
func (c *Client) Cancel(ctx context.Context, jobID string) error {
	return c.store.InTx(ctx, func(tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, jobID)
		if err != nil {
			return err
		}
		if job.FinishedAt != nil {
			return project.ErrJobFinished
		}
		if err := tx.RequestCancel(ctx, jobID); err != nil {
			return fmt.Errorf("request cancel: %w", err)
		}
		tasks, err := tx.StopIdlePartitions(ctx, jobID)
		if err != nil {
			return fmt.Errorf("stop partitions: %w", err)
		}
		if err := c.cancelTasks(ctx, tx, tasks); err != nil {
			return err
		}
		// Whoever works finds the wish at its next beat; a job that nobody works on
		// would wait for nobody.
		idle, err := noneWorks(ctx, tx, &job)
		if err != nil || !idle {
			return err
		}
		return finishJob(ctx, tx, c.river, ending{jobID: jobID, source: job.Source, status: project.Cancelled})
	})
}

// noneWorks reports whether no worker holds a part of the job. A plan or
// finalize task counts as working from its claim on, until its lease is over.
func noneWorks(ctx context.Context, tx *store.Tx, job *db.LockSourceAndJobRow) (bool, error) {
	partitions, err := tx.CountPartitions(ctx, job.ID)
	if err != nil {
		return false, fmt.Errorf("count partitions: %w", err)
	}
	control := job.StartedAt != nil && job.Phase != "list" && job.Status == string(project.Running) && !job.Expired
	return partitions.Running == 0 && !control, nil
}

// cancelTasks takes tasks that have not begun from River's queue. Nothing
// depends on it, their epochs are over; it spares the workers the no-ops.
func (c *Client) cancelTasks(ctx context.Context, tx *store.Tx, tasks []*int64) error {
	for _, task := range tasks {
		if task == nil {
			continue
		}
		if _, err := c.river.JobCancelTx(ctx, tx.Tx, *task); err != nil && !errors.Is(err, rivertype.ErrNotFound) {
			return fmt.Errorf("cancel task %d: %w", *task, err)
		}
	}
	return nil
}

// Retry runs a failed or cancelled job again, as a new job of its source.
func (c *Client) Retry(ctx context.Context, request project.RetryRequest) (project.EnqueueResult, error) {
	job, err := c.store.Queries().JobBrief(ctx, request.JobID)
	if errors.Is(err, pgx.ErrNoRows) {
		return project.EnqueueResult{}, project.ErrNotFound
	}
	if err != nil {
		return project.EnqueueResult{}, fmt.Errorf("find job: %w", err)
	}
	if s := project.Status(job.Status); s != project.Failed && s != project.Cancelled {
		return project.EnqueueResult{}, project.ErrNotRetryable
	}
	return c.Enqueue(ctx, project.EnqueueRequest{
		Sources: []project.SourceRef{{Name: job.Source, Kind: job.SourceKind, Mode: job.Mode}},
		Trigger: project.TriggerRetry, Caller: request.Caller, RetryOf: &request.JobID,
		IdempotencyKey: request.IdempotencyKey, Fingerprint: request.Fingerprint,
	})
}

// inserter is what the transitions need of River's client.
type inserter interface {
	InsertTx(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}
