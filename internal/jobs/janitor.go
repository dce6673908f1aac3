package jobs

import (
	"context"
	"time"
)

// tidyEvery is how often each worker removes what nobody needs any more.
const tidyEvery = time.Minute

// tidy removes expired keys, the ids that old pages saw, validators of pages that
// were not read for long, and old jobs, until the context ends. It works in small steps, so that it is never in the way.
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

func (r *runner) tidyOnce(ctx context.Context) error {
	q := r.store.Queries()
	if _, err := q.DeleteExpiredKeys(ctx); err != nil {
		return err
	}
	if _, err := q.DropLedgers(ctx, r.config.KeepLedger); err != nil {
		return err
	}
	if err := q.DeleteOldChecks(ctx); err != nil {
		return err
	}
	if err := q.DeleteOldValidators(ctx); err != nil {
		return err
	}
	_, err := q.DeleteOldJobs(ctx, r.config.KeepJobs)
	return err
}
