package jobs

import (
	"context"
	"errors"
	"time"
)

// tidyEvery is how often each worker removes what nobody needs any more.
const tidyEvery = time.Minute

// tidy removes expired keys, old ledgers with their quarantine, validators of
// pages that were not read for long, and old jobs, until the context ends. It
// works in small steps, so that it is never in the way; several workers pass
// over what another one has in hand.
func (r *runner) tidy(ctx context.Context) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := r.tidyOnce(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "the janitor could not tidy up", "error", err)
		}
	}
}

// tidyOnce takes every step until it finds nothing more: a step a minute would
// fall behind where sources are synced all the time. One that fails is in the
// way of no other.
func (r *runner) tidyOnce(ctx context.Context) error {
	q := r.store.Queries()
	steps := []func(context.Context) (int64, error){
		q.DeleteExpiredKeys,
		func(ctx context.Context) (int64, error) { return q.DropLedgers(ctx, r.config.KeepLedger) },
		q.DeleteOldChecks,
		q.DeleteOldValidators,
		func(ctx context.Context) (int64, error) { return q.DeleteOldJobs(ctx, r.config.KeepJobs) },
	}
	var failed []error
	for _, step := range steps {
		for {
			removed, err := step(ctx)
			if err != nil {
				failed = append(failed, err)
			}
			if err != nil || removed == 0 {
				break
			}
		}
	}
	return errors.Join(failed...)
}
