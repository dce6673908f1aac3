// Package project holds Holdfast's domain: what a mirrored project is, how a
// sync job and its partitions move through their states, and the rules that
// decide about absent rows. It imports the standard library only; every other
// package may import it, it imports none of them.
//
// # A sync job
//
//	                    ┌──────────────┐  every unfinished partition waits
//	    claim the slot  │              ▼
//	queued ─────────▶ running ◀──── waiting        waiting carries a reason:
//	  │  ▲              │              │             rate_limited        the service said when to come back
//	  │  │ source_busy  │              │             source_unavailable  5xx, time-outs, resets
//	  │  └─(waiting)    │              │             retrying            an answer nobody can read, or a failure of ours
//	  │                 │              │             source_busy         the predecessor still has the slot
//	  │                 ▼              │
//	  │   succeeded · failed · cancelled           written once, never left
//	  └───────────────▶ failed, cancelled ◀┘
//
// A job that has not begun ([Job.StartedAt] is nil) holds the one queue place
// of its source; from its first listing on it holds the source's one running
// slot, until its terminal state frees it.
//
// # A partition
//
//	ready ──claim──▶ running ──last page──▶ done
//	  ▲                │ │
//	  │   slice over   │ └──told to wait──▶ waiting ──task due──▶ running
//	  ├────────────────┘                       │
//	  └──────── lease over, taken over ────────┘ (from running, too)
//	ready, running, waiting ──job failed or cancelled──▶ stopped
//
// Every claim raises the partition's epoch, the fencing token: a page commits
// only under the epoch that is current in the same transaction, so a worker
// that was paused, cut off or presumed dead can never write over its
// successor.
package project
