// Package gather lets requests that arrive while others are being worked on
// share the next piece of work: one transaction and its commit, or one query.
// Databases call it group commit. Nothing ever waits for company: a request that
// finds a flight free takes off at once and alone.
//
//	request ──flight free──────────▶ taken ──work──▶ answered
//	   │                               ▲
//	   └──all flights under way──▶ waiting ──its context is over──▶ left, never worked on
//
// What a group promises, whatever happens:
//
//   - A request is worked on at most once, and exactly once unless its context
//     ends while it waits.
//   - It is answered with its own answer, and only after the work that took it
//     has returned.
//   - Work that takes a request begins after the request arrived: what it reads
//     is no older than the question.
//   - A request that was taken is waited for, also when its context is over: only
//     the work knows what became of it. Work therefore bounds itself in time.
//   - Requests are taken in the order of their arrival.
//   - A panic of the work is an error for those it took, and for nobody else.
package gather
