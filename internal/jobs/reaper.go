package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// reapEvery is how often each worker looks for leases that ran out; it is part
// of the time a takeover takes.
const reapEvery = time.Second

// reap looks after leases until the context ends. Every worker does, so that
// any one of them left alive is enough; the epoch lets only one act.
func (r *runner) reap(ctx context.Context) {
	for {
		pause := reapEvery/2 + rand.N(reapEvery/2) //nolint:gosec // jitter needs no secrecy
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		if err := r.reapOnce(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "the reaper could not look after leases", "error", err)
		}
	}
}

// reapOnce looks once. One lease that cannot be dealt with keeps it from no other.
func (r *runner) reapOnce(ctx context.Context) error {
	if err := r.rebase(ctx); err != nil {
		return err
	}
	partitions, err := r.store.Queries().ExpiredPartitions(ctx)
	if err != nil {
		return fmt.Errorf("find expired partitions: %w", err)
	}
	var errs []error
	for i := range partitions {
		errs = append(errs, r.reapPartition(ctx, &partitions[i]))
	}
	jobs, err := r.store.Queries().ExpiredJobs(ctx)
	if err != nil {
		return fmt.Errorf("find expired jobs: %w", err)
	}
	for i := range jobs {
		errs = append(errs, r.reapJob(ctx, &jobs[i]))
	}
	return errors.Join(errs...)
}

// rebase shortens leases and waits that the database's clock, when it was set
// back, has made longer than they were given: a worker that died before would
// keep its lease for as much more, and a source would stay closed.
func (r *runner) rebase(ctx context.Context) error {
	partitions, err := r.store.Queries().RebasePartitions(ctx)
	if err != nil {
		return fmt.Errorf("rebase partitions: %w", err)
	}
	jobs, err := r.store.Queries().RebaseJobs(ctx, r.config.Lease)
	if err != nil {
		return fmt.Errorf("rebase jobs: %w", err)
	}
	sources, err := r.store.Queries().RebaseSources(ctx)
	if err != nil {
		return fmt.Errorf("rebase sources: %w", err)
	}
	if partitions+jobs+sources > 0 {
		r.log.WarnContext(ctx, "the database's clock was set back, leases and waits count from now",
			"partitions", partitions, "jobs", jobs, "sources", sources)
	}
	return nil
}

// claimTime is how long a task that was fetched may take to claim. Until then
// it is not lost: it would be fenced for nothing, and counted as a lost worker.
const claimTime = time.Second

// fate is what River has yet to do about a task.
type fate int

const (
	// taskOver: nobody will run it any more.
	taskOver fate = iota
	// taskQueued: it waits for a free worker, only longer than the lease foresaw.
	taskQueued
	// taskOverdue: its time has come, but River's leader has not put it into
	// the queue. It looks every five seconds, and when the leader died a new
	// one is there after fifteen. A task of the queue whose time lies ahead is
	// one too: the database's clock was set back since it was inserted, and
	// River waits until it has caught up.
	taskOverdue
)

// fateOf asks River about the task of a lease that ran out, at a moment by the
// database's clock.
func (r *runner) fateOf(ctx context.Context, taskID *int64, now time.Time) (fate, error) {
	if taskID == nil {
		return taskOver, nil
	}
	task, err := r.river.JobGet(ctx, *taskID)
	if errors.Is(err, rivertype.ErrNotFound) {
		return taskOver, nil
	}
	if err != nil {
		return taskOver, fmt.Errorf("ask River for task %d: %w", *taskID, err)
	}
	switch task.State {
	case rivertype.JobStateAvailable, rivertype.JobStatePending:
		if task.ScheduledAt.After(now) {
			return taskOverdue, nil
		}
		return taskQueued, nil
	case rivertype.JobStateScheduled, rivertype.JobStateRetryable:
		return taskOverdue, nil
	case rivertype.JobStateRunning:
		if task.AttemptedAt != nil && now.Sub(*task.AttemptedAt).Abs() < claimTime {
			return taskQueued, nil
		}
	case rivertype.JobStateCompleted, rivertype.JobStateCancelled, rivertype.JobStateDiscarded:
	}
	return taskOver, nil
}

func (r *runner) reapPartition(ctx context.Context, p *db.ExpiredPartitionsRow) error {
	// One that was running has lost its worker, whatever River thinks of its
	// task: River takes it for running for hours.
	fate := taskOver
	if p.State != string(project.PartitionRunning) {
		var err error
		if fate, err = r.fateOf(ctx, p.TaskID, p.Now); err != nil {
			return err
		}
	}
	lease := store.Lease{JobID: p.JobID, Source: p.Source, PartitionID: p.ID, Epoch: p.Epoch}
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if fate != taskOver {
			return r.stayWithPartition(ctx, tx, lease, fate)
		}
		job, err := lockSourceAndJob(ctx, tx, p.JobID)
		if err != nil {
			return err
		}
		if job.FinishedAt != nil {
			return store.ErrFenced
		}
		return r.takeOver(ctx, tx, &job, lease)
	})
}

// stayWithPartition lets a partition wait on for its turn. If its task is
// overdue it gets another one beside it, of the same epoch: the first of the
// two to claim makes the other a no-op.
func (r *runner) stayWithPartition(ctx context.Context, tx *store.Tx, lease store.Lease, fate fate) error {
	n, err := tx.ExtendPartition(ctx, db.ExtendPartitionParams{ID: lease.PartitionID, Epoch: lease.Epoch})
	if err != nil || n == 0 || fate != taskOverdue {
		return err
	}
	return r.insertPartition(ctx, tx, lease)
}

// insertPartition gives a partition a task that may run at once.
func (r *runner) insertPartition(ctx context.Context, tx *store.Tx, lease store.Lease) error {
	task, err := r.river.InsertTx(ctx, tx.Tx, partitionArgs{
		JobID: lease.JobID, Source: lease.Source, PartitionID: lease.PartitionID, Epoch: lease.Epoch,
	}, nil)
	if err != nil {
		return fmt.Errorf("insert partition task: %w", err)
	}
	return tx.SetPartitionTask(ctx, db.SetPartitionTaskParams{ID: lease.PartitionID, TaskID: &task.Job.ID})
}

// takeOver fences whoever had the partition and passes it on; a partition of a
// job that is to be cancelled stops instead, and one that no worker brought a
// page further for too long fails its job.
func (r *runner) takeOver(ctx context.Context, tx *store.Tx, job *db.LockSourceAndJobRow, lease store.Lease) error {
	row, err := tx.TakeOverPartition(ctx, db.TakeOverPartitionParams{ID: lease.PartitionID, Epoch: lease.Epoch})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrFenced
	}
	if err != nil {
		return fmt.Errorf("take over partition: %w", err)
	}
	tx.OnCommit(func() {
		r.log.WarnContext(ctx, "lease ran out, taking over", "job", lease.JobID, "source", lease.Source,
			"partition_id", lease.PartitionID, "epoch", row.Epoch)
		r.config.Observer.TookOver(lease.Source)
	})
	// Failures are in a row, but may be others; takeovers may be long past.
	lost := workerLost(min(row.Failures, row.Takeovers) >= maxFailures, "commit a page")
	if err := insertEvent(ctx, tx, lease, lost, nil); err != nil {
		return err
	}
	lease.Epoch = row.Epoch
	switch {
	case job.CancelRequestedAt != nil:
		return r.partitionCancelled(ctx, tx, lease, completed)
	case !lost.retryable:
		return r.finish(ctx, tx, ending{
			jobID: lease.JobID, source: lease.Source, status: project.Failed, err: jobError(lost, ""),
		})
	}
	return r.insertPartition(ctx, tx, lease)
}

// workerLost is what a takeover says in the job's history. what is what the
// workers did not live to do, should that have happened too often.
func workerLost(tooOften bool, what string) failure {
	f := failure{
		kind: source.Transient, code: codeWorkerLost, retryable: true,
		message: "the worker fell silent; another one goes on from the last committed page",
	}
	if tooOften {
		f.retryable = false
		f.message = fmt.Sprintf("%d workers in a row fell silent before they could %s: look at the workers' logs and memory "+
			"limits", maxFailures, what)
	}
	return f
}

func (r *runner) reapJob(ctx context.Context, job *db.ExpiredJobsRow) error {
	fate, err := r.fateOf(ctx, job.TaskID, job.Now)
	if err != nil {
		return err
	}
	return r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if fate != taskOver {
			return r.stayWithJob(ctx, tx, job, fate)
		}
		locked, err := lockSourceAndJob(ctx, tx, job.ID)
		if err != nil {
			return err
		}
		return r.takeOverJob(ctx, tx, job, locked.CancelRequestedAt != nil)
	})
}

// takeOverJob passes a plan or finalize task on. One that took its workers down
// too often fails its job; a job that is to be cancelled gets a task that does so.
func (r *runner) takeOverJob(ctx context.Context, tx *store.Tx, job *db.ExpiredJobsRow, cancelled bool) error {
	row, err := tx.TakeOverJob(ctx, db.TakeOverJobParams{ID: job.ID, Epoch: job.Epoch})
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrFenced
	}
	if err != nil {
		return fmt.Errorf("take over job: %w", err)
	}
	if !row.Lost {
		// It waited for its predecessor: nobody died.
		return r.againFor(ctx, tx, job, row.Epoch)
	}
	r.log.WarnContext(ctx, "lease ran out, taking over", "job", job.ID, "source", job.Source, "phase", job.Phase, "epoch", row.Epoch)
	lost := workerLost(row.Losses >= maxFailures, "end the task "+job.Phase)
	if err := insertEvent(ctx, tx, store.Lease{JobID: job.ID, Source: job.Source, Epoch: row.Epoch}, lost, nil); err != nil {
		return err
	}
	if !lost.retryable && !cancelled {
		return r.finish(ctx, tx, ending{
			jobID: job.ID, source: job.Source, status: project.Failed, err: jobError(lost, ""),
		})
	}
	return r.againFor(ctx, tx, job, row.Epoch)
}

// stayWithJob is [runner.stayWithPartition] for a plan or finalize task.
func (r *runner) stayWithJob(ctx context.Context, tx *store.Tx, job *db.ExpiredJobsRow, fate fate) error {
	n, err := tx.ExtendJob(ctx, db.ExtendJobParams{ID: job.ID, Epoch: job.Epoch})
	if err != nil || n == 0 || fate != taskOverdue {
		return err
	}
	return r.againFor(ctx, tx, job, job.Epoch)
}

// againFor inserts a fresh plan or finalize task.
func (r *runner) againFor(ctx context.Context, tx *store.Tx, job *db.ExpiredJobsRow, epoch int64) error {
	task, err := r.river.InsertTx(ctx, tx.Tx, taskArgs(job.Phase, job.ID, epoch), nil)
	if err != nil {
		return fmt.Errorf("insert %s task: %w", job.Phase, err)
	}
	return tx.SetJobTask(ctx, db.SetJobTaskParams{ID: job.ID, TaskID: &task.Job.ID})
}
