// Package source says what Holdfast asks of an external service, and holds
// what all of them share: the kinds of error ([Kind]), the registration of a
// service ([Driver]) and the one HTTP fetcher with its retries, rate limits
// and same-origin rule.
//
// A service is a package of its own below this one and imports none of its
// siblings. It knows how to list projects and how to read one record; it knows
// nothing of jobs, leases, the table or River. Everything that makes a sync
// durable happens above it, page by page, which puts three duties on a source:
//
//   - A listing is in an order that does not move while it is read, by an
//     immutable key.
//   - A [Cursor] names a position between two pages. Listing again from it
//     yields what follows that page, in another process, days later.
//   - A page that cannot be read whole is an error, never a shorter page. An
//     incomplete listing that looks complete would mark rows absent.
package source
