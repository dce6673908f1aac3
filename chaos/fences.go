package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast/internal/invariants"
)

// pageCommit is when a page was committed, by the server's record, which is by
// its clock.
type pageCommit struct {
	Partition, PageNo, Epoch int64
	At                       time.Time
}

// takeoverCommit is when a partition was taken from its worker.
type takeoverCommit struct {
	Job       string
	Partition int64
	At        time.Time
}

// checkFences finds pages that were committed, by the server's own record of
// the order of commits, after their partition had been taken from their worker.
func (s *stage) checkFences(ctx context.Context, r *report) error {
	rows, err := s.system.Pool.Query(ctx, `
		select partition_id, page_no, epoch, pg_xact_commit_timestamp(xmin) from sync_pages order by partition_id, page_no`)
	if err != nil {
		return fmt.Errorf("read the order of commits: %w", err)
	}
	pages, err := pgx.CollectRows(rows, pgx.RowToStructByPos[pageCommit])
	if err != nil {
		return fmt.Errorf("read the order of commits: %w", err)
	}
	rows, err = s.system.Pool.Query(ctx, `
		select job_id::text, partition_id, pg_xact_commit_timestamp(xmin) from sync_events
		where code = 'worker_lost' and partition_id is not null order by id`)
	if err != nil {
		return fmt.Errorf("read the order of commits: %w", err)
	}
	takeovers, err := pgx.CollectRows(rows, pgx.RowToStructByPos[takeoverCommit])
	if err != nil {
		return fmt.Errorf("read the order of commits: %w", err)
	}
	f := compareFences(pages, takeovers, s.system.Cluster.Clock.Moments)
	r.fencePairs, r.fencesUnclear, r.jumps = f.pairs, f.unclear, s.system.Cluster.Clock.String()
	if len(f.late) > 0 {
		r.found(invariants.Violation{Invariant: "I9", Rule: "nothing commits under an epoch that is not current", Rows: f.late})
	}
	return nil
}

// fences is what the order of commits shows.
type fences struct {
	// late describes pages that came too late.
	late []string
	// pairs are those of a page and a takeover of its partition; unclear are
	// those of them whose order nobody can tell, for the server's clock showed
	// the same time twice.
	pairs, unclear int
}

// compareFences looks for pages of an epoch on both sides of a takeover.
// Moments tells when the server's clock can have shown a time. Pages come in
// the order of their partition and their number.
func compareFences(pages []pageCommit, takeovers []takeoverCommit, moments func(time.Time) []time.Time) fences {
	byPartition := map[int64][]pageCommit{}
	for _, p := range pages {
		byPartition[p.Partition] = append(byPartition[p.Partition], p)
	}
	spans := map[int64][]span{}
	for partition, listed := range byPartition {
		spans[partition] = spansOf(listed, moments)
	}
	var f fences
	for _, t := range takeovers {
		f.compare(t, spanOf(t.At, moments), byPartition[t.Partition], spans[t.Partition])
	}
	return f
}

// compare holds the pages of a partition against one takeover of it.
func (f *fences) compare(t takeoverCommit, taken span, pages []pageCommit, spans []span) {
	// The first page of each epoch that was certainly there before.
	before := map[int64]int64{}
	for i, p := range pages {
		f.pairs++
		switch {
		case spans[i].last.Before(taken.first):
			if _, earlier := before[p.Epoch]; !earlier {
				before[p.Epoch] = p.PageNo
			}
		case !spans[i].first.After(taken.last):
			f.unclear++
		default:
			if first, old := before[p.Epoch]; old {
				f.late = append(f.late, fmt.Sprintf("job %s, partition %d: page %d came under epoch %d, of which page %d was, %s after the takeover",
					t.Job, p.Partition, p.PageNo, p.Epoch, first, spans[i].first.Sub(taken.last)))
			}
		}
	}
}
