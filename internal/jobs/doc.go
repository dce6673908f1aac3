// Package jobs carries sync jobs through their life with River: it enqueues
// them, plans them, lists their partitions page by page, finishes them, and
// takes over from workers that died. Apart from the commands it is the only
// importer of River.
//
// River is the carrier, sync_jobs and sync_partitions are the truth. Three
// rules tie the two together, and nothing else does:
//
//   - Every task carries the epoch that was current when it was inserted, and
//     begins by claiming: one update that raises the epoch and takes the lease.
//     A task whose epoch is no longer current finds no row and completes as a
//     no-op, so a task that is delivered twice runs once.
//   - A task ends in one transaction that completes it (JobCompleteTx), writes
//     what became of its work, and inserts the task that goes on, if any.
//   - The reaper looks at leases that ran out, asks River whether their task is
//     still to come, and otherwise raises the epoch and inserts a fresh one.
//     Before that it shortens leases that reach further than they were given
//     to, because the database's clock was set back.
//
// The life of a partition's task, a slice of its listing:
//
//	claim ──▶ page ──▶ page ──▶ … ──▶ end of slice: continuation
//	  │         │                 ├──▶ told to wait: continuation, scheduled
//	  │         │                 ├──▶ last page: done; after the last partition
//	  │         │                 │    of the job: its end, under the job's lease
//	  │         │                 └──▶ failed for good: the job fails
//	  │         └── fenced: stop, without a word to anyone else's state
//	  └──────────── not mine any more: no-op
//
// The end of a job, which reads its ledger and the table, belongs to the task
// that ended the last partition: the transaction that does so takes the job's
// lease. A finalize task exists only when that one died before it was through.
package jobs
