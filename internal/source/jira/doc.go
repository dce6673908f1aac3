// Package jira lists the projects of Jira, of both its kinds: Cloud, and Data
// Center with the Server that came before it. They share their records and
// little else, so each is a driver of its own.
//
// # Cloud
//
// GET /rest/api/3/project/search pages by offset, ordered by key; there is no
// keyset paging and no order by id. A project that is deleted while the listing
// is read shifts all later ones forward, and the next page would begin behind
// some that nobody has seen. So every page asked for overlaps what was read
// before: one that shows any of the projects read last shows in one answer of
// the service that nothing lies between them and the new ones. One that shows
// none is dropped, and an earlier one is asked for. How Jira compares keys is
// its database's business, so places are found by id and never by comparing.
//
// Each answer states the total, and says of itself whether it is the last. A
// listing counts as complete only if as many projects came as the total says,
// and the total did not move.
//
// # Data Center
//
// GET /rest/api/2/project answers with all projects in one list, ordered by
// name. They are put in the order of their ids, which never move, and handed on
// in pages; whoever goes on after one of them asks for the list anew and leaves
// out the ids up to it.
//
// # Credentials that are none
//
// Jira takes a request with a wrong token as an anonymous one wherever anonymous
// users may ask, and answers 200 with what those may see: mostly nothing. Only
// /myself always refuses it, so each listing begins there; after that the
// headers of each answer tell (X-Seraph-LoginReason, and X-AUSERNAME of Data
// Center).
//
// # Limits
//
// Cloud gives 100 projects a page at most. Both limit requests with 429 and a
// Retry-After, Cloud sometimes with 503. Neither states when a project was made
// or changed; Cloud tells of the last change of its issues.
package jira
