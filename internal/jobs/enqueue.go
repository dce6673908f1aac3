package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// keepKeys is how long an idempotency key leads to the jobs of its first use.
const keepKeys = 24 * time.Hour

// lockNotAvailable is the SQLSTATE of a lock that was not granted in time.
const lockNotAvailable = "55P03"

// errKeyBound rolls an enqueue back whose key turns out to be bound.
var errKeyBound = errors.New("the idempotency key is bound")

// Client changes sync jobs on behalf of the API: every method is one
// transaction, in which rows and River's tasks commit together.
type Client struct {
	store *store.Store
	river *river.Client[pgx.Tx]
}

// Enqueue makes sure that each source of the request is listed from its start
// after this call: by the job that has the source's queue place, or by a new
// one. When it returns nil the jobs are committed. Errors are those of package
// project, or of the database.
func (c *Client) Enqueue(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	if request.IdempotencyKey != "" {
		// Most repeats are found here; the rest meet at the key's insert.
		result, err := c.replay(ctx, request)
		if !errors.Is(err, store.ErrNotFound) {
			return result, err
		}
	}
	var result project.EnqueueResult
	err := c.store.InTx(ctx, func(tx *store.Tx) error {
		queued, err := tx.QueueJobs(ctx, request)
		if err != nil {
			return err
		}
		if err := c.insertPlans(ctx, tx, queued); err != nil {
			return err
		}
		result = enqueued(queued)
		if request.IdempotencyKey == "" {
			return nil
		}
		return rememberKey(ctx, tx, request, queued)
	})
	if errors.Is(err, errKeyBound) {
		return c.replay(ctx, request)
	}
	if err != nil {
		return project.EnqueueResult{}, enqueueError(err)
	}
	return result, nil
}

// rememberKey binds the request's key to its jobs.
func rememberKey(ctx context.Context, tx *store.Tx, request project.EnqueueRequest, queued []store.QueuedJob) error {
	bound, err := tx.RememberKey(ctx, request, queued, keepKeys)
	if pgErr, said := errors.AsType[*pgconn.PgError](err); said && pgErr.Code == lockNotAvailable {
		return fmt.Errorf("%w: %w", project.ErrKeyInFlight, err)
	}
	if err == nil && !bound {
		return errKeyBound
	}
	return err
}

// insertPlans inserts the plan tasks of new jobs.
func (c *Client) insertPlans(ctx context.Context, tx *store.Tx, queued []store.QueuedJob) error {
	var plans []river.InsertManyParams
	var ids []string
	for _, job := range queued {
		if job.New {
			ids = append(ids, job.ID)
			plans = append(plans, river.InsertManyParams{Args: planArgs{JobID: job.ID}})
		}
	}
	if len(ids) == 0 {
		return nil
	}
	tasks, err := c.river.InsertManyTx(ctx, tx.Tx, plans)
	if err != nil {
		return fmt.Errorf("insert plan tasks: %w", err)
	}
	taskIDs := make([]int64, len(tasks))
	for i, task := range tasks {
		taskIDs[i] = task.Job.ID
	}
	if err := tx.SetJobTasks(ctx, db.SetJobTasksParams{Ids: ids, TaskIds: taskIDs}); err != nil {
		return fmt.Errorf("record plan tasks: %w", err)
	}
	return nil
}

// replay answers a request whose idempotency key is bound with the jobs of the
// first one, or with [store.ErrNotFound].
func (c *Client) replay(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	jobs, fingerprint, err := c.store.RecallKey(ctx, request.Caller, request.IdempotencyKey)
	if err != nil {
		return project.EnqueueResult{}, err
	}
	if !bytes.Equal(fingerprint, request.Fingerprint) {
		return project.EnqueueResult{}, project.ErrKeyReused
	}
	return project.EnqueueResult{Jobs: jobs, Replayed: true}, nil
}

func enqueued(queued []store.QueuedJob) project.EnqueueResult {
	result := project.EnqueueResult{Jobs: make([]project.EnqueuedJob, len(queued))}
	for i, job := range queued {
		result.Jobs[i] = project.EnqueuedJob{ID: job.ID, Coalesced: !job.New}
	}
	return result
}

// enqueueError puts what the database said into the words of package project.
func enqueueError(err error) error {
	if errors.Is(err, store.ErrCommitUnknown) {
		return fmt.Errorf("%w: %w", project.ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("enqueue: %w", err)
}
