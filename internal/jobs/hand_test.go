package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"holdfast/internal/source"
	"holdfast/internal/store"
	"holdfast/internal/store/db"
)

// ErrOutdated ends a slice whose next page was confirmed while its rows changed.
var ErrOutdated = errOutdated

// Holder is a worker's hold on a partition, whose pages a test commits itself.
type Holder struct {
	r *runner
	s *slice
}

// errNothingToClaim is returned for a claim whose epoch is no longer current.
var errNothingToClaim = errors.New("the claim found nothing")

// uncompleted is the completion of work that no River task carries.
func uncompleted(context.Context, *store.Tx) error { return nil }

// Drain lets every slice of the worker make way at once, before its first page.
func (w *Worker) Drain() { w.drain.Do(func() { close(w.runner.draining) }) }

// Plan begins a job that nobody has begun.
func (w *Worker) Plan(ctx context.Context, jobID string) error {
	return w.runner.plan(ctx, planArgs{JobID: jobID}, uncompleted)
}

// Claim takes a partition's lease from the given epoch on.
func (w *Worker) Claim(ctx context.Context, jobID, source string, partition, epoch int64) (*Holder, error) {
	args := partitionArgs{JobID: jobID, Source: source, PartitionID: partition, Epoch: epoch}
	s, err := w.runner.claimPartition(ctx, args)
	if err == nil && s == nil {
		err = errNothingToClaim
	}
	return &Holder{r: w.runner, s: s}, err
}

// TakeOver is what the reaper does about a partition whose lease ran out.
func (w *Worker) TakeOver(ctx context.Context, h *Holder, epoch int64) error {
	return w.runner.reapPartition(ctx, &db.ExpiredPartitionsRow{
		ID: h.s.lease.PartitionID, JobID: h.s.lease.JobID, Source: h.s.lease.Source, Epoch: epoch, State: "running",
	})
}

// Commit sifts pages as a slice does and commits them together. Those that are
// marked as unchanged are taken as confirmed by the service.
func (h *Holder) Commit(ctx context.Context, readAhead bool, pages ...source.Page) error {
	next := make([]fetched, len(pages))
	from := h.s.cursor
	for i, page := range pages {
		next[i] = fetched{from: from, page: page, sifted: sift(page.Records, h.s.source, readAhead)}
		from = page.Next
		for k := range next[i].sifted.candidates {
			if c := &next[i].sifted.candidates[k]; page.Unchanged {
				*c = candidate{id: c.id, hash: c.hash, confirmed: true}
			}
		}
	}
	return h.r.commitPages(ctx, h.s, next)
}

// Cursor is behind the last page that the holder knows to be committed.
func (h *Holder) Cursor() source.Cursor { return h.s.cursor }

// Done ends a partition whose last page is committed.
func (h *Holder) Done(ctx context.Context) error {
	return h.r.endSlice(ctx, h.s, errListed, uncompleted)
}

// Finalize ends a job whose partitions are done.
func (w *Worker) Finalize(ctx context.Context, jobID string, epoch int64) error {
	return w.runner.finalize(ctx, finalizeArgs{JobID: jobID, Epoch: epoch}, uncompleted)
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
