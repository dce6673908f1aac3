package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"holdfast/internal/gather"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// keepKeys is how long an idempotency key leads to the jobs of its first use.
const keepKeys = 24 * time.Hour

// Client changes sync jobs on behalf of the API: every method is one
// transaction, in which rows and River's tasks commit together. Requests to
// enqueue jobs may share theirs: see together.go.
type Client struct {
	store    *store.Store
	river    *river.Client[pgx.Tx]
	together *gather.Group[project.EnqueueRequest, project.EnqueueResult]
}

// Enqueue makes sure that each source of the request is listed from its start
// after this call: by the job that has the source's queue place, or by a new
// one. When it returns nil the jobs are committed. Errors are those of package
// project, or of the database.
func (c *Client) Enqueue(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	// Most repeats are found here; the rest meet at the key's insert.
	if result, err := c.replay(ctx, &request); !errors.Is(err, store.ErrNotFound) {
		return result, err
	}
	result, err := c.together.Do(ctx, request)
	if errors.Is(err, errAlone) {
		return c.enqueueAlone(ctx, request)
	}
	return result, err
}

// enqueueAlone is for a request that cannot share a transaction.
func (c *Client) enqueueAlone(ctx context.Context, request project.EnqueueRequest) (project.EnqueueResult, error) {
	if result, err := c.replay(ctx, &request); !errors.Is(err, store.ErrNotFound) {
		return result, err
	}
	results, err := c.enqueue(ctx, []project.EnqueueRequest{request}, false)
	switch {
	case errors.Is(err, store.ErrKeyBound):
		return c.replay(ctx, &request)
	case errors.Is(err, store.ErrKeyLocked):
		return project.EnqueueResult{}, fmt.Errorf("%w: %w", project.ErrKeyInFlight, err)
	case err != nil:
		return project.EnqueueResult{}, enqueueError(err)
	}
	return results[0], nil
}

// enqueue carries requests in one transaction.
func (c *Client) enqueue(
	ctx context.Context, requests []project.EnqueueRequest, impatient bool,
) ([]project.EnqueueResult, error) {
	tx, err := c.store.BeginEnqueue(ctx, queuePlaces(requests), impatient)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(ctx)
	tasks, err := c.insertPlans(ctx, tx)
	if err != nil {
		return nil, err
	}
	results := resultsOf(requests, tx.Queued)
	if err := tx.Commit(ctx, tasks, keyBindings(requests, results)); err != nil {
		return nil, err
	}
	return results, nil
}

// queuePlaces lists the sources of the requests, each once: a free place gets a
// job of the first one that names it, in full if any of them asks for that.
func queuePlaces(requests []project.EnqueueRequest) []store.QueuePlace {
	var places []store.QueuePlace
	at := map[string]int{}
	for i := range requests {
		r := &requests[i]
		for _, s := range r.Sources {
			n, named := at[s.Name]
			switch {
			case !named:
				at[s.Name] = len(places)
				places = append(places, store.QueuePlace{
					Source: s, Trigger: r.Trigger, Caller: r.Caller, RetryOf: r.RetryOf,
				})
			case s.ModeOrFull() == project.ModeFull:
				places[n].Source.Mode = project.ModeFull
			}
		}
	}
	return places
}

// insertPlans inserts the plan tasks of new jobs.
func (c *Client) insertPlans(ctx context.Context, tx *store.EnqueueTx) ([]store.JobTask, error) {
	ids := tx.NewJobs()
	if len(ids) == 0 {
		return nil, nil
	}
	plans, tasks := make([]river.InsertManyParams, len(ids)), make([]store.JobTask, len(ids))
	for i, id := range ids {
		plans[i].Args, tasks[i].JobID = planArgs{JobID: id}, id
	}
	inserted, err := c.river.InsertManyTx(ctx, tx.Tx(), plans)
	if err != nil {
		return nil, fmt.Errorf("insert plan tasks: %w", err)
	}
	for i := range tasks {
		tasks[i].TaskID = inserted[i].Job.ID
	}
	return tasks, nil
}

// resultsOf tells each request of its jobs. A new job is that of the first
// request that names its source; the others join it.
func resultsOf(requests []project.EnqueueRequest, queued map[string]store.QueuedJob) []project.EnqueueResult {
	results := make([]project.EnqueueResult, len(requests))
	told := make(map[string]bool, len(queued))
	for i, r := range requests {
		jobs := make([]project.EnqueuedJob, len(r.Sources))
		for n, s := range r.Sources {
			job := queued[s.Name]
			jobs[n] = project.EnqueuedJob{Job: job.Job, Coalesced: !job.New || told[s.Name]}
			told[s.Name] = true
		}
		results[i].Jobs = jobs
	}
	return results
}

// keyBindings binds the keys of the requests that have one to their jobs.
func keyBindings(requests []project.EnqueueRequest, results []project.EnqueueResult) []store.KeyBinding {
	var keys []store.KeyBinding
	for i, r := range requests {
		if r.IdempotencyKey == "" {
			continue
		}
		key := store.KeyBinding{Caller: r.Caller, Key: r.IdempotencyKey, Fingerprint: r.Fingerprint, Keep: keepKeys}
		for _, job := range results[i].Jobs {
			key.JobIDs = append(key.JobIDs, job.Job.ID)
			key.Coalesced = append(key.Coalesced, job.Coalesced)
		}
		keys = append(keys, key)
	}
	return keys
}

// Recall returns the jobs of the first request with an idempotency key,
// [project.ErrNotFound] when the caller has bound none, and
// [project.ErrKeyReused] when that was another request. It is for requests that
// can no longer be carried out: Enqueue recalls by itself.
func (c *Client) Recall(ctx context.Context, caller, key string, fingerprint []byte) (project.EnqueueResult, error) {
	result, err := c.replay(ctx, &project.EnqueueRequest{Caller: caller, IdempotencyKey: key, Fingerprint: fingerprint})
	if errors.Is(err, store.ErrNotFound) {
		err = project.ErrNotFound
	}
	return result, err
}

// replay answers a request whose idempotency key is bound with the jobs of the
// first one, or with [store.ErrNotFound].
func (c *Client) replay(ctx context.Context, request *project.EnqueueRequest) (project.EnqueueResult, error) {
	if request.IdempotencyKey == "" {
		return project.EnqueueResult{}, store.ErrNotFound
	}
	jobs, fingerprint, err := c.store.RecallKey(ctx, request.Caller, request.IdempotencyKey)
	if err != nil {
		return project.EnqueueResult{}, err
	}
	if !bytes.Equal(fingerprint, request.Fingerprint) {
		return project.EnqueueResult{}, project.ErrKeyReused
	}
	return project.EnqueueResult{Jobs: jobs, Replayed: true}, nil
}

// enqueueError puts what the database said into the words of package project.
func enqueueError(err error) error {
	if errors.Is(err, store.ErrCommitUnknown) {
		return fmt.Errorf("%w: %w", project.ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("enqueue: %w", err)
}
