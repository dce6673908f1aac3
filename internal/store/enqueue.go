package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/failpoint"
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

// EnqueueTx is the transaction of one request to enqueue jobs, or of several. It
// has these steps, each one round trip of a pipelined batch:
//
//	BeginEnqueue  begin, record the sources, take their queue places; once more
//	              when some are taken, for the jobs that have them
//	(Tx)          the caller inserts the tasks of new jobs
//	Commit        the tasks' ids, idempotency keys, commit
//
// It uses a connection of its own from start to end and must be ended with
// Commit or Rollback.
type EnqueueTx struct {
	conn *pgxpool.Conn
	tx   pgx.Tx
	// Queued has the job that is in the queue place of each source.
	Queued map[string]QueuedJob
}

// QueuedJob is the job that has a source's queue place. It has not begun, and
// does not begin before the transaction has ended.
type QueuedJob struct {
	project.Job

	// New is false for a job that was there before.
	New bool
}

// QueuePlace asks for the queue place of a source. The rest is about the job
// that a free place gets.
type QueuePlace struct {
	Source          project.SourceRef
	Trigger, Caller string
	RetryOf         *string
}

// brieflyLocked makes a transaction that carries several requests give up where
// one of them would have to wait: its locks are not the others' business.
const brieflyLocked = "set local lock_timeout = '200ms'"

// BeginEnqueue takes the queue places, each of another source, or finds the jobs
// that have them and keeps those from beginning until the transaction ends. With
// impatient it waits for no lock for longer than a moment.
func (s *Store) BeginEnqueue(ctx context.Context, places []QueuePlace, impatient bool) (*EnqueueTx, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("acquire connection: %w", err)
	}
	t := &EnqueueTx{conn: conn, Queued: make(map[string]QueuedJob, len(places))}
	if err := t.begin(ctx, places, impatient); err != nil {
		t.Rollback(ctx)
		return nil, err
	}
	return t, nil
}

// Tx is the transaction, for the tasks of new jobs.
func (t *EnqueueTx) Tx() pgx.Tx { return t.tx }

// NewJobs are the ids of the jobs that were not there before, in the order they
// were made.
func (t *EnqueueTx) NewJobs() []string {
	var ids []string
	for _, job := range t.Queued {
		if job.New {
			ids = append(ids, job.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (t *EnqueueTx) begin(ctx context.Context, places []QueuePlace, impatient bool) error {
	var batch pgx.Batch
	batch.BeginTx(pgx.TxOptions{})
	if impatient {
		batch.Queue(brieflyLocked)
	}
	names, kinds := make([]string, len(places)), make([]string, len(places))
	for i := range places {
		names[i], kinds[i] = places[i].Source.Name, places[i].Source.Kind
	}
	batch.Queue(db.RecordSources, names, kinds)
	if err := t.queueInsert(&batch, places); err != nil {
		return err
	}
	results := t.conn.SendBatch(ctx, &batch)
	if err := results.Close(); err != nil {
		return fmt.Errorf("insert jobs: %w", err)
	}
	t.tx = results.Tx()
	return t.joinTaken(ctx, places)
}

// joinTaken finds the jobs that have the places that were not free. One that
// has just begun has left its place to be taken after all.
func (t *EnqueueTx) joinTaken(ctx context.Context, places []QueuePlace) error {
	for range slotTries {
		taken := t.missing(places)
		if len(taken) == 0 {
			return nil
		}
		if err := t.join(ctx, taken); err != nil {
			return err
		}
		left := t.missing(taken)
		if len(left) == 0 {
			return nil
		}
		var batch pgx.Batch
		if err := t.queueInsert(&batch, left); err != nil {
			return err
		}
		if err := t.conn.SendBatch(ctx, &batch).Close(); err != nil {
			return fmt.Errorf("insert jobs: %w", err)
		}
	}
	if left := t.missing(places); len(left) > 0 {
		return fmt.Errorf("source %q: %w", left[0].Source.Name, errQueuePlace)
	}
	return nil
}

// queueInsert queues the statement that takes the places that are free.
func (t *EnqueueTx) queueInsert(batch *pgx.Batch, places []QueuePlace) error {
	n := len(places)
	ids, sources, modes := make([]string, n), make([]string, n), make([]string, n)
	triggers, callers, retriesOf := make([]string, n), make([]string, n), make([]string, n)
	for i, p := range places {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("make job id: %w", err)
		}
		ids[i], sources[i], modes[i] = id.String(), p.Source.Name, p.Source.ModeOrFull()
		triggers[i], callers[i] = p.Trigger, p.Caller
		if p.RetryOf != nil {
			retriesOf[i] = *p.RetryOf
		}
	}
	batch.Queue(db.InsertJobs, ids, sources, modes, triggers, callers, retriesOf).Query(t.collect(true))
	return nil
}

// join holds the jobs that have the places. Who asks for a full listing is not
// served by an incremental one.
func (t *EnqueueTx) join(ctx context.Context, taken []QueuePlace) error {
	names := make([]string, len(taken))
	var full []string
	for i, p := range taken {
		names[i] = p.Source.Name
		if p.Source.ModeOrFull() == project.ModeFull {
			full = append(full, p.Source.Name)
		}
	}
	var batch pgx.Batch
	if len(full) > 0 {
		batch.Queue(db.UpgradeJobs, full, names)
	}
	batch.Queue(db.NextJobs, names).Query(t.collect(false))
	if err := t.conn.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("find queued jobs: %w", err)
	}
	return nil
}

// collect reads jobs that have not begun, and so have no partitions: their rows
// are all there is to say about them.
func (t *EnqueueTx) collect(isNew bool) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		found, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[db.SyncJob])
		if err != nil {
			return err
		}
		for _, row := range found {
			job, err := jobOf(&db.JobsByIDRow{SyncJob: *row})
			if err != nil {
				return err
			}
			t.Queued[row.Source] = QueuedJob{Job: job, New: isNew}
		}
		return nil
	}
}

func (t *EnqueueTx) missing(places []QueuePlace) []QueuePlace {
	var missing []QueuePlace
	for _, p := range places {
		if _, ok := t.Queued[p.Source.Name]; !ok {
			missing = append(missing, p)
		}
	}
	return missing
}

// JobTask names the task that carries a new job.
type JobTask struct {
	JobID  string
	TaskID int64
}

// Commit records the tasks, binds the keys and commits. A key that is bound is
// [ErrKeyBound], one that another transaction is binding right now
// [ErrKeyLocked], an unknown outcome [ErrCommitUnknown].
//
// The commit travels with the writes: Postgres skips it behind a statement that
// failed, so nothing is left to decide between them.
func (t *EnqueueTx) Commit(ctx context.Context, tasks []JobTask, keys []KeyBinding) error {
	var batch pgx.Batch
	if len(tasks) > 0 {
		jobIDs, taskIDs := make([]string, len(tasks)), make([]int64, len(tasks))
		for i, task := range tasks {
			jobIDs[i], taskIDs[i] = task.JobID, task.TaskID
		}
		batch.Queue(db.SetJobTasks, jobIDs, taskIDs)
	}
	queueKeys(&batch, keys)
	committed := false
	batch.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	failpoint.Hit("enqueue.written")
	results := t.conn.SendBatch(ctx, &batch)
	failpoint.Hit("enqueue.commit_sent")
	err := results.Close()
	failpoint.Hit("enqueue.committed")
	if err == nil && !committed {
		err = pgx.ErrTxCommitRollback
	}
	t.Rollback(ctx)
	return keyOutcome(commitOutcome(err))
}

// Rollback ends the transaction unless Commit has, and returns the connection.
// It may be called after Commit.
func (t *EnqueueTx) Rollback(ctx context.Context) {
	if t.conn == nil {
		return
	}
	release(ctx, t.conn)
	t.conn = nil
}
