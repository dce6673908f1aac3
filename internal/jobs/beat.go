package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// Why the work on a lease ends before it is done.
var (
	errCancelled = errors.New("the job is to be cancelled")
	errClosed    = errors.New("a rate limit holds for the source")
	errDraining  = errors.New("the worker is stopping")
	errSilent    = errors.New("the lease ran out because no heartbeat got through")
)

// beatsPerLease is how many heartbeats fit into a lease: three may be lost.
const beatsPerLease = 4

// heartbeat is one beat: it returns an error when the work has to end, and
// [store.ErrFenced] when the lease is lost.
type heartbeat func(ctx context.Context) error

// keepLease beats until the returned stop is called, by the clock and not by
// pages, and ends the context with the reason as its cause when the work must
// end. A worker that cannot reach the database for a whole lease ends its work
// too: somebody else may have begun it.
func keepLease(ctx context.Context, lease time.Duration, beat heartbeat) (context.Context, func()) {
	ctx, end := context.WithCancelCause(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		beatUntilDone(ctx, lease, beat, end)
	}()
	return ctx, func() {
		end(context.Canceled)
		<-stopped
	}
}

func beatUntilDone(ctx context.Context, lease time.Duration, beat heartbeat, end context.CancelCauseFunc) {
	ticker := time.NewTicker(lease / beatsPerLease)
	defer ticker.Stop()
	// The one place where a worker's own clock decides: without a database there
	// is no other to ask. It is monotonic, and goes on while the process is stopped.
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// Half a lease, so that one beat that hangs leaves time for another.
		beatCtx, cancel := context.WithTimeout(ctx, lease/2)
		err := beat(beatCtx)
		cancel()
		switch {
		case err == nil:
			last = time.Now()
		case errors.Is(err, store.ErrFenced), errors.Is(err, errCancelled), errors.Is(err, errClosed):
			end(err)
			return
		case time.Since(last) > lease:
			end(errSilent)
			return
		}
	}
}

// beatPartition is the heartbeat of a partition's lease.
func (r *runner) beatPartition(lease store.Lease) heartbeat {
	return func(ctx context.Context) error {
		row, err := r.store.Queries().BeatPartition(ctx, db.BeatPartitionParams{
			ID: lease.PartitionID, Epoch: lease.Epoch, Lease: r.config.Lease,
		})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return store.ErrFenced
		case err != nil:
			return err
		case row.Cancelled:
			return errCancelled
		case row.Closed:
			return errClosed
		}
		return nil
	}
}

// beatJob is the heartbeat of a plan or finalize task.
func (r *runner) beatJob(lease store.Lease) heartbeat {
	return func(ctx context.Context) error {
		cancelled, err := r.store.Queries().BeatJob(ctx, db.BeatJobParams{
			ID: lease.JobID, Epoch: lease.Epoch, Lease: r.config.Lease,
		})
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return store.ErrFenced
		case err != nil:
			return err
		case cancelled:
			return errCancelled
		}
		return nil
	}
}
