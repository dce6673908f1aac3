package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// plannedListing is a plan in the mode that it was made for.
type plannedListing struct {
	source.Plan

	mode string
}

// firstSlice is how long the task that planned a job lists its first partition.
// Most listings are over by then; the others go on in a task of their own, so
// that those who wait to be planned do not wait for a listing.
const firstSlice = 250 * time.Millisecond

// startListing writes the partitions, inserts a task for each but the first,
// and claims that one. It is nil for a job that somebody else has by now, or that
// is to be cancelled.
func (r *runner) startListing(ctx context.Context, lease store.Lease, plan plannedListing, done completion) (*slice, error) {
	var first *slice
	err := r.inLastTx(ctx, func(ctx context.Context, tx *store.Tx) error {
		job, err := lockSourceAndJob(ctx, tx, lease.JobID)
		if err != nil {
			return err
		}
		if job.CancelRequestedAt != nil && job.FinishedAt == nil && job.Epoch == lease.Epoch {
			end := ending{jobID: lease.JobID, source: lease.Source, status: project.Cancelled}
			return r.finishAndComplete(ctx, tx, end, done)
		}
		n, err := tx.StartListing(ctx, db.StartListingParams{
			ID: lease.JobID, Epoch: lease.Epoch, Mode: plan.mode, Total: plan.Total,
		})
		if err != nil {
			return fmt.Errorf("start listing: %w", err)
		}
		if n == 0 {
			return store.ErrFenced
		}
		ids, err := insertPartitions(ctx, tx, lease, plan.Partitions)
		if err != nil {
			return err
		}
		claimed, err := r.claimFirst(ctx, tx, lease, ids[0])
		if err != nil {
			return err
		}
		tx.OnCommit(func() { first = claimed })
		if err := r.insertPartitionTasks(ctx, tx, lease, ids[1:]); err != nil {
			return err
		}
		return done(ctx, tx)
	})
	return first, err
}

// claimFirst claims a partition that was written in the same transaction.
func (r *runner) claimFirst(ctx context.Context, tx *store.Tx, lease store.Lease, id int64) (*slice, error) {
	claim, err := tx.ClaimPartition(ctx, db.ClaimPartitionParams{ID: id, JobID: lease.JobID, Lease: r.config.Lease})
	if err != nil {
		return nil, fmt.Errorf("claim the first partition: %w", err)
	}
	s := r.newSlice(partitionArgs{JobID: lease.JobID, Source: lease.Source, PartitionID: id}, claim)
	s.budget = min(s.budget, firstSlice)
	return s, nil
}

// maxName bounds the name of a partition, in bytes: it may be what a service
// calls its projects.
const maxName = 200

// insertPartitions returns the ids of the partitions in their order.
func insertPartitions(
	ctx context.Context, tx *store.Tx, lease store.Lease, partitions []source.Partition,
) ([]int64, error) {
	ordinals := make([]int32, len(partitions))
	names, specs := make([]string, len(partitions)), make([]string, len(partitions))
	for i, p := range partitions {
		ordinals[i], names[i], specs[i] = int32(i+1), clip(p.Name, maxName), string(p.Spec)
	}
	rows, err := tx.InsertPartitions(ctx, db.InsertPartitionsParams{
		JobID: lease.JobID, Ordinals: ordinals, Names: names, Specs: specs,
	})
	if err != nil {
		return nil, fmt.Errorf("insert partitions: %w", err)
	}
	ids := make([]int64, len(rows))
	for _, row := range rows {
		ids[row.Ordinal-1] = row.ID
	}
	return ids, nil
}

// insertPartitionTasks inserts the tasks that begin partitions.
func (r *runner) insertPartitionTasks(ctx context.Context, tx *store.Tx, lease store.Lease, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	tasks := make([]river.InsertManyParams, len(ids))
	for i, id := range ids {
		tasks[i].Args = partitionArgs{JobID: lease.JobID, Source: lease.Source, PartitionID: id}
	}
	inserted, err := r.river.InsertManyTx(ctx, tx.Tx, tasks)
	if err != nil {
		return fmt.Errorf("insert partition tasks: %w", err)
	}
	taskIDs := make([]int64, len(inserted))
	for i, task := range inserted {
		taskIDs[i] = task.Job.ID
	}
	if err := tx.SetPartitionTasks(ctx, db.SetPartitionTasksParams{Ids: ids, TaskIds: taskIDs}); err != nil {
		return fmt.Errorf("record partition tasks: %w", err)
	}
	return nil
}
