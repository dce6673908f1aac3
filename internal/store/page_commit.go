package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"holdfast/internal/failpoint"
	"holdfast/internal/store/db"
)

// PageEntry is a page's row in the ledger, and where its partition stands after it.
type PageEntry struct {
	Next     string
	Last     bool
	Total    *int64
	Counts   PageCounts
	Checksum int64
	SeenIDs  []byte
	// Quarantined are the records that could not be used.
	Quarantined []Quarantined
	// Validated is set in listings whose pages may be asked about again.
	Validated *Validated
}

// PageCounts counts a page's records. Seen is created + updated + unchanged +
// restored: distinct records, each read for the first time in its partition.
type PageCounts struct {
	Seen, Created, Updated, Unchanged, Restored, Duplicates, Quarantined, Unidentified int64
}

// plus adds counts up.
func (c PageCounts) plus(d PageCounts) PageCounts {
	return PageCounts{
		Seen: c.Seen + d.Seen, Created: c.Created + d.Created, Updated: c.Updated + d.Updated,
		Unchanged: c.Unchanged + d.Unchanged, Restored: c.Restored + d.Restored, Duplicates: c.Duplicates + d.Duplicates,
		Quarantined: c.Quarantined + d.Quarantined, Unidentified: c.Unidentified + d.Unidentified,
	}
}

// Quarantined is a record that could not be used.
type Quarantined struct {
	// ExternalID is nil when the record has none that can be stored.
	ExternalID *string
	Reason     string
	Payload    []byte
}

// Commit writes the ledger, an entry for each page, moves the cursor behind the
// last of them and commits. An unknown outcome comes back as
// [ErrCommitUnknown]: the partition's next claim finds out.
//
// The commit travels with the writes: the fence has been locked since
// BeginPages, so nothing is left to decide between them, and Postgres itself
// answers a commit behind a failed statement with a rollback.
func (t *PageTx) Commit(ctx context.Context, entries ...PageEntry) error {
	var batch pgx.Batch
	if len(t.changes) > 0 {
		batch.Queue(db.InsertChanges, changeArgs(t.lease.JobID, t.changes)...)
	}
	if args := quarantineArgs(t.lease, t.PageNo, entries); args != nil {
		batch.Queue(db.InsertQuarantine, args...)
	}
	batch.Queue(db.InsertPages, ledgerArgs(t.lease, t.PageNo, entries)...)
	batch.Queue(db.AdvancePartition, advanceArgs(t.lease, t.PageNo, entries)...)
	for i := range entries {
		t.queueValidator(&batch, t.PageNo+int64(i), &entries[i])
	}
	committed := false
	batch.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	results := t.conn.SendBatch(ctx, &batch)
	failpoint.Hit("page.commit_sent")
	err := results.Close()
	failpoint.Hit("page.committed")
	if err == nil && !committed {
		err = pgx.ErrTxCommitRollback
	}
	t.Rollback(ctx)
	return commitOutcome(err)
}

// ledgerArgs are the arguments of InsertPages for pages that follow each other
// from a number on.
func ledgerArgs(lease Lease, first int64, entries []PageEntry) []any {
	numbers, checksums := make([]int64, len(entries)), make([]int64, len(entries))
	seenIDs := make([][]byte, len(entries))
	var counters [8][]int64
	for i := range entries {
		c := &entries[i].Counts
		for k, n := range []int64{
			c.Seen, c.Created, c.Updated, c.Unchanged, c.Restored, c.Duplicates, c.Quarantined, c.Unidentified,
		} {
			counters[k] = append(counters[k], n)
		}
		numbers[i], checksums[i], seenIDs[i] = first+int64(i), entries[i].Checksum, entries[i].SeenIDs
	}
	args := []any{lease.PartitionID, numbers, lease.Epoch}
	for _, column := range counters {
		args = append(args, column)
	}
	return append(args, checksums, seenIDs)
}

// advanceArgs are the arguments of AdvancePartition for the same pages.
func advanceArgs(lease Lease, first int64, entries []PageEntry) []any {
	var sum PageCounts
	var total *int64
	moved := false
	for i := range entries {
		sum = sum.plus(entries[i].Counts)
		stated := entries[i].Total
		if stated == nil {
			continue
		}
		moved = moved || total != nil && *total != *stated
		total = stated
	}
	last := &entries[len(entries)-1]
	return []any{
		last.Next, int64(len(entries)), last.Last, sum.Seen, sum.Created, sum.Updated, sum.Unchanged, sum.Restored,
		sum.Duplicates, sum.Quarantined, sum.Unidentified, moved, total, lease.PartitionID, lease.Epoch, first - 1,
	}
}

// quarantineArgs are the arguments of InsertQuarantine for the same pages, or
// nil if all their records could be used.
func quarantineArgs(lease Lease, first int64, entries []PageEntry) []any {
	var numbers []int64
	var ids []*string
	var reasons []string
	var payloads [][]byte
	for i := range entries {
		for _, r := range entries[i].Quarantined {
			numbers = append(numbers, first+int64(i))
			ids, reasons, payloads = append(ids, r.ExternalID), append(reasons, r.Reason), append(payloads, r.Payload)
		}
	}
	if numbers == nil {
		return nil
	}
	return []any{lease.JobID, lease.Source, lease.PartitionID, numbers, ids, reasons, payloads}
}
