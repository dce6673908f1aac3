package jobs

import (
	"context"
	"fmt"
	"time"

	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// eventSpacing is how far apart events of a rate limit are. It costs no attempt
// and may be met every second for days, which nobody wants to read.
const eventSpacing = time.Minute

// insertEvent records what went wrong on the way.
func insertEvent(ctx context.Context, tx *store.Tx, lease store.Lease, f failure, retryAt *time.Time) error {
	event := db.InsertEventParams{
		JobID: lease.JobID, Kind: string(f.kind), Code: f.code, Message: f.message, Retryable: f.retryable, RetryAt: retryAt,
	}
	if lease.PartitionID != 0 {
		event.PartitionID = &lease.PartitionID
	}
	if f.sample != "" {
		event.Sample = &f.sample
	}
	if f.kind == source.RateLimit {
		event.Spacing = eventSpacing
	}
	if err := tx.InsertEvent(ctx, event); err != nil {
		return fmt.Errorf("record the event: %w", err)
	}
	return nil
}
