package jobs

import (
	"context"
	"errors"
	"time"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// busyWait is how long a job waits for its predecessor before the reaper looks
// whether its waking got lost.
const busyWait = 30 * time.Second

// plan takes the source's running slot, asks the source how its listing can be
// partitioned, and hands the job to its partitions.
func (r *runner) plan(ctx context.Context, args planArgs, done completion) error {
	claim, err := r.claimJob(ctx, args.JobID, args.Epoch, phasePlan, done)
	if err != nil || claim.lease.Epoch == 0 {
		return err
	}
	lease := claim.lease
	log := r.log.With("job", lease.JobID, "source", lease.Source, "epoch", lease.Epoch)
	src, ok := r.sources[lease.Source]
	if !ok {
		return r.taskFailed(ctx, claim, unknownSource(lease.Source), done)
	}
	log.InfoContext(ctx, "sync begins")
	work, stop := keepLease(ctx, r.config.Lease, r.beatJob(lease))
	plan, mode, err := r.askPlan(work, src, claim)
	cause := context.Cause(work)
	stop()
	switch {
	case errors.Is(cause, errCancelled):
		return r.cancelJob(ctx, lease, done)
	case cause != nil:
		return cause
	case err != nil:
		return r.taskFailed(ctx, claim, failureOf(err), done)
	}
	log.InfoContext(ctx, "listing planned", "mode", mode, "partitions", len(plan.Partitions))
	first, err := r.startListing(ctx, lease, plannedListing{Plan: plan, mode: mode}, done)
	if err != nil {
		// Also when nobody knows whether it committed: if it did, the job is in
		// another phase now, and this writes nothing.
		return r.taskFailed(ctx, claim, storageFailure("write the partitions of the listing", err), done)
	}
	if first == nil {
		return nil
	}
	return r.slice(ctx, first, completed)
}

// overlap is how far before the start of the last sync an incremental listing
// begins: clocks differ, and services show their changes with some delay.
const overlap = 10 * time.Minute

// askPlan asks the source, unless a rate limit keeps it closed. It returns the
// mode of the plan: an incremental listing needs a source that can tell what
// changed, and a complete full listing that is not too old.
func (r *runner) askPlan(ctx context.Context, src Source, claim jobClaim) (source.Plan, string, error) {
	if claim.closedFor > 0 {
		return source.Plan{}, "", rateLimitHolds(claim.closedFor)
	}
	var plan source.Plan
	if incremental, ok := src.Source.(source.Incremental); ok && claim.mode == project.ModeIncremental {
		since, err := r.store.Since(ctx, src.Name, overlap, src.FullEvery)
		if err != nil {
			return plan, "", err
		}
		if since != nil {
			plan, err = incremental.PlanSince(ctx, *since)
			return plan, project.ModeIncremental, r.planned(ctx, src.Name, plan, err)
		}
	}
	plan, err := src.Plan(ctx)
	return plan, project.ModeFull, r.planned(ctx, src.Name, plan, err)
}

// planned makes a plan without partitions an error, and tells of errors.
func (r *runner) planned(ctx context.Context, name string, plan source.Plan, err error) error {
	if err == nil && len(plan.Partitions) == 0 {
		err = &source.Error{Kind: source.Contract, Code: "no_partitions", Message: "the source has no listing"}
	}
	if err != nil && ctx.Err() == nil {
		r.config.Observer.SourceFailed(name, source.KindOf(err))
	}
	return err
}

// rateLimitHolds is the error of a source that another task found limited.
func rateLimitHolds(wait time.Duration) error {
	return &source.Error{
		Kind: source.RateLimit, Code: "rate_limited", RetryAfter: wait,
		Message: "a rate limit of the service holds; nothing is asked of it until it is over",
	}
}
