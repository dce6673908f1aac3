package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast/internal/gather"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

// Requests to enqueue jobs that arrive while a transaction of others is under
// way share the next one, and its commit: with 32 clients that is some twenty
// requests for each wait for the disk. What sharing must not change:
//
//   - A request is answered only after the commit that has it returned.
//   - A commit whose outcome is unknown is unknown to all that shared it.
//   - Whatever else goes wrong with a shared transaction leaves nothing behind,
//     and each request is then carried by a transaction of its own, at the same
//     time as the others: one that is refused, that waits for a lock, or that
//     cannot be stored harms nobody else and is told its own truth.
//   - A shared transaction waits for no lock for longer than a moment.
//   - Of two requests with one idempotency key, one shares; the other looks what
//     became of it.
//   - Of two requests that name one source, the first gets the new job, the
//     other joins it, as if it had come later.
//   - A request whose client has left is carried all the same: the callers of
//     Enqueue bound it in time, not by their client's presence.
//
// One transaction at a time is under way, so that no two of one process wait for
// each other's rows; those of several processes take them in one order.
const (
	sharedTransactions = 1
	// maxShared bounds what one failure makes carry alone, and how long the first
	// of them waits for the last one's rows.
	maxShared = 64
	// sharedTimeout bounds a shared transaction. It is less than a request has, so
	// that there is time left to be carried alone.
	sharedTimeout = 5 * time.Second
)

// errAlone tells a request that nothing was done for it, and that it is to be
// carried by a transaction of its own.
var errAlone = errors.New("carry the request alone")

func (c *Client) newGroup() *gather.Group[project.EnqueueRequest, project.EnqueueResult] {
	return gather.New(gather.Limits{Flights: sharedTransactions, Size: maxShared}, c.enqueueTogether)
}

// enqueueTogether carries requests in one transaction.
func (c *Client) enqueueTogether(requests []project.EnqueueRequest) []gather.Answer[project.EnqueueResult] {
	ctx, cancel := context.WithTimeout(context.Background(), sharedTimeout)
	defer cancel()
	answers := make([]gather.Answer[project.EnqueueResult], len(requests))
	shared, at := firstOfEachKey(requests)
	results, err := c.enqueue(ctx, shared, true)
	switch {
	case errors.Is(err, store.ErrCommitUnknown):
		err = enqueueError(err)
	case err != nil:
		err = fmt.Errorf("%w: %w", errAlone, err)
	}
	for i := range answers {
		answers[i].Err = errAlone
	}
	for n, i := range at {
		answers[i] = gather.Answer[project.EnqueueResult]{Err: err}
		if err == nil {
			answers[i].Value = results[n]
		}
	}
	return answers
}

// firstOfEachKey leaves requests out whose idempotency key another one before
// them has. It also returns where the others stood.
func firstOfEachKey(requests []project.EnqueueRequest) (shared []project.EnqueueRequest, at []int) {
	type name struct{ caller, key string }
	seen := map[name]bool{}
	for i, r := range requests {
		if id := (name{r.Caller, r.IdempotencyKey}); r.IdempotencyKey != "" {
			if seen[id] {
				continue
			}
			seen[id] = true
		}
		shared, at = append(shared, r), append(at, i)
	}
	return shared, at
}
