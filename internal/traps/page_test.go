package traps_test

import (
	"context"
	"testing"

	"holdfast/internal/project"
	"holdfast/internal/store"
)

// lease sets up a running job with one partition, as a worker holds it.
func (b *testBundle) lease(t *testing.T) store.Lease {
	t.Helper()
	lease := store.Lease{JobID: "01980000-0000-7000-8000-000000000001", Source: "forge", Epoch: 1}
	const job = `with source as (insert into sources (name, kind) values ($2, 'gitlab') returning name),
		job as (
			insert into sync_jobs (id, source, status, phase, trigger, caller, started_at)
			select $1, name, 'running', 'list', 'api', 'anonymous', now() from source returning id
		)
		insert into sync_partitions (job_id, ordinal, name, spec, state, epoch)
		select id, 1, 'all', '', 'running', $3 from job returning id`
	must(t, b.pool.QueryRow(t.Context(), job, lease.JobID, lease.Source, lease.Epoch).Scan(&lease.PartitionID))
	return lease
}

// beginPage begins the page that follows a cursor, and writes its one row.
func (b *testBundle) beginPage(ctx context.Context, lease store.Lease, from, id, payload string) (*store.PageTx, error) {
	page, err := b.store.BeginPages(ctx, lease, from, []string{id})
	if err != nil {
		return nil, err
	}
	row := store.NewRow{
		Project: project.Project{ExternalID: id, Name: id, FullPath: id},
		Payload: []byte(payload), Hash: []byte(id),
	}
	err = page.Write(ctx, []store.NewRow{row}, nil, nil)
	return page, err
}

// entry is the ledger's entry for a page of one new row.
func entry(next string) store.PageEntry {
	return store.PageEntry{Next: next, Counts: store.PageCounts{Seen: 1, Created: 1}}
}

// wantProgress compares what the status says with what the ledger holds.
func (b *testBundle) wantProgress(t *testing.T, want int) {
	t.Helper()
	var seen, ledger int
	const progress = `select sum(seen), (select count(*) from sync_pages) from sync_partitions`
	must(t, b.pool.QueryRow(t.Context(), progress).Scan(&seen, &ledger))
	if seen != want || ledger != want {
		t.Errorf("the status says %d, the ledger %d, want %d", seen, ledger, want)
	}
}
