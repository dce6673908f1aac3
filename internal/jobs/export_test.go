package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"holdfast/internal/project"
)

// Tidy is one turn of the janitor.
func (w *Worker) Tidy(ctx context.Context) error { return w.runner.tidyOnce(ctx) }

// Shared is what a shared transaction made of a request.
type Shared struct {
	project.EnqueueResult

	Err error
	// Alone is true when nothing was done and the request is to be carried alone.
	Alone bool
}

// EnqueueTogether carries requests as if they had arrived at the same time.
func (c *Client) EnqueueTogether(requests ...project.EnqueueRequest) []Shared {
	answers := c.enqueueTogether(requests)
	shared := make([]Shared, len(answers))
	for i, a := range answers {
		shared[i] = Shared{EnqueueResult: a.Value, Err: a.Err, Alone: errors.Is(a.Err, errAlone)}
	}
	return shared
}

// Reap is one turn of the reaper.
func (w *Worker) Reap(ctx context.Context) error { return w.runner.reapOnce(ctx) }

// Deliver works a task of River's, in whatever state it is, as River does when
// it delivers it.
func (w *Worker) Deliver(ctx context.Context, task int64) error {
	row, err := w.runner.river.JobGet(ctx, task)
	if err != nil {
		return err
	}
	switch row.Kind {
	case planArgs{}.Kind():
		return deliver(ctx, row, w.runner.plan)
	case partitionArgs{}.Kind():
		return deliver(ctx, row, w.runner.partition)
	case finalizeArgs{}.Kind():
		return deliver(ctx, row, w.runner.finalize)
	}
	return fmt.Errorf("a task of the kind %s", row.Kind)
}

func deliver[T river.JobArgs](
	ctx context.Context, row *rivertype.JobRow, work func(context.Context, T, completion) error,
) error {
	var args T
	if err := json.Unmarshal(row.EncodedArgs, &args); err != nil {
		return err
	}
	return work(ctx, args, func(ctx context.Context, tx *store.Tx) error {
		// River's own completion works only below River.
		_, err := tx.Exec(ctx, "update river_job set state = 'completed', finalized_at = now() where id = $1 and state = 'running'", row.ID)
		return err
	})
}
