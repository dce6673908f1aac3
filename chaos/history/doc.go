// Package history finds out whether what all clients of a run were told about
// the jobs of a source could have happened in one order: whether their history
// is linearizable. Each client's own view may be right while two of them
// contradict each other, as when one has seen a job run, and another is told
// later that its request joined the same job before it began.
//
// A [Recorder] keeps every operation with the moments of its call and its
// answer, and [Check] searches, with porcupine, an order in which each
// operation takes effect at one moment between the two, and in which a source
// could have gone through the states below. Sources share nothing, so each is
// searched alone.
//
// # A source
//
// It has one queue place and one running slot. A job is in one of eight states,
// which are those that GET tells apart by status, started_at and
// cancel_requested_at. Moves with * are the system's own: they happen unseen
// between operations.
//
//	POST, if nobody is queued       * if the slot is free
//	─────────────────────────▶ queued ───────────────▶ running ──────────▶ succeeded, failed    *
//	                             │                        │ cancel
//	                             │ cancel                 ▼
//	                             │                     stopping ─────────▶ cancelled, failed    *
//	                             └──────────────────────────────────────▶ withdrawn
//
//	queued     status queued or waiting, not started
//	running    status running or waiting, started
//	stopping   the same, and a cancel is requested: it cannot succeed any more
//	failed     of a job that is stopping this is a state of its own
//	withdrawn  status cancelled, never started
//
// What operations say of it:
//
//	POST, new job              nobody was queued; now this job is
//	POST, coalesced            this job was queued, that is: had not begun
//	cancel, 202                it had not ended; now it stops, or is withdrawn if it was queued
//	cancel, 409                it had ended
//	retry, 202                 it had failed, or was cancelled or withdrawn (and a POST, see above)
//	retry, 409                 it had not
//	GET                        it was in that state
//	approve or discard, 200    no job of the source was running
//
// A read without an answer says nothing and is left out. A POST or a cancel
// without one may be carried out at any time after its call, or never. It
// could be given to the search as an operation that returns at the end of time,
// but then 40 of them make 2^40 subsets to try. The state counts them instead:
// from its call on the source holds one more POST that it may carry out, which
// makes the same histories legal, because one lost POST is as good as another,
// and which keeps as many operations open at a time as there are clients.
//
// # Keeping states few
//
// The moves with * make the model nondeterministic. A state therefore stands
// for all that could have followed from it unseen: it moves on only when an
// operation could not have happened otherwise, and a job that had to end
// unseen holds the set of the states in which it may turn out to be. This is
// exact because operations and later moves commute: whatever is reached by
// moving first and operating then is also reached the other way around. The
// one exception is a cancel, which does something else before a job begins
// than after it, so that both are followed. A test compares all this with the
// plain definition.
package history
