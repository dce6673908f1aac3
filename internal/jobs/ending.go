package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/project"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// ending is a job's terminal state and why.
type ending struct {
	jobID, source string
	status        project.Status
	// err is kept with the job; nil unless it failed.
	err *project.JobError
	// configuration says that only a person can mend what failed.
	configuration bool
}

// finishJob writes a job's terminal state, fences whatever is left of its
// work, frees the running slot and wakes the successor: all in the
// transaction of the caller, who has locked the source and the job.
func finishJob(ctx context.Context, tx *store.Tx, river inserter, end ending) error {
	var kept []byte
	if end.err != nil {
		var err error
		if kept, err = json.Marshal(end.err); err != nil {
			return fmt.Errorf("encode the job's error: %w", err)
		}
	}
	if _, err := tx.StopPartitions(ctx, end.jobID); err != nil {
		return fmt.Errorf("stop partitions: %w", err)
	}
	if end.status != project.Succeeded {
		// One that succeeded has done so with what it read of its ledger.
		if err := forgetSeenBy(ctx, tx, end.source, end.jobID); err != nil {
			return err
		}
	}
	n, err := tx.FinishJob(ctx, db.FinishJobParams{
		ID: end.jobID, Status: string(end.status), Error: kept, Misconfigured: end.configuration,
	})
	if err != nil {
		return fmt.Errorf("finish job: %w", err)
	}
	if n == 0 {
		return project.ErrJobFinished
	}
	return wakeSuccessor(ctx, tx, river, end.source)
}

// finish ends the job. Once that is committed it tells the observer, and the log
// of one that failed or was cancelled, from wherever it ends; one that succeeded
// is told of where its outcome is known.
func (r *runner) finish(ctx context.Context, tx *store.Tx, end ending) error {
	if err := finishJob(ctx, tx, r.river, end); err != nil {
		return err
	}
	tx.OnCommit(func() {
		log := r.log.With("job", end.jobID, "source", end.source)
		code := ""
		if e := end.err; e != nil {
			code = e.Code
			log = log.With("code", e.Code, "error", e.Message)
			if e.Partition != nil {
				log = log.With("name", *e.Partition)
			}
		}
		if end.status == project.Failed {
			log.ErrorContext(ctx, "sync failed")
		}
		if end.status == project.Cancelled {
			log.InfoContext(ctx, "sync cancelled")
		}
		r.config.Observer.JobEnded(end.source, end.status, code)
	})
	return nil
}

// wakeSuccessor gives the job in the source's queue place a fresh plan task.
// The one it had may have found the slot taken and be gone; if it is not, the
// first of the two to claim makes the other a no-op.
func wakeSuccessor(ctx context.Context, tx *store.Tx, river inserter, source string) error {
	next, err := tx.Successor(ctx, source)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find successor: %w", err)
	}
	task, err := river.InsertTx(ctx, tx.Tx, planArgs{JobID: next.ID, Epoch: next.Epoch}, nil)
	if err != nil {
		return fmt.Errorf("insert the successor's plan task: %w", err)
	}
	return tx.WakeSuccessor(ctx, db.WakeSuccessorParams{ID: next.ID, TaskID: &task.Job.ID})
}

// lockSourceAndJob locks both, in the order that every transaction takes them.
func lockSourceAndJob(ctx context.Context, tx *store.Tx, jobID string) (db.LockSourceAndJobRow, error) {
	job, err := tx.LockSourceAndJob(ctx, jobID)
	if errors.Is(err, pgx.ErrNoRows) {
		return job, project.ErrNotFound
	}
	if err != nil {
		return job, fmt.Errorf("lock source and job: %w", err)
	}
	return job, nil
}

// jobError is what a job keeps of a failure.
func jobError(f failure, partition string) *project.JobError {
	e := &project.JobError{Code: f.code, Message: f.message, Retryable: f.retryable, At: time.Now().UTC()}
	if partition != "" {
		e.Partition = &partition
	}
	if f.sample != "" {
		e.Sample = &f.sample
	}
	return e
}
