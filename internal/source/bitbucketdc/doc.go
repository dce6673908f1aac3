// Package bitbucketdc lists the repositories of a Bitbucket Data Center or
// Server, or of some of its projects.
//
// # Pages
//
// GET /rest/api/1.0/repos and /rest/api/1.0/projects/{key}/repos page by
// start, limit, isLastPage and nextPageStart. The places in between belong to
// the service, which may count repositories that it does not show; so the next
// page begins where the service says, less an overlap. A page that says that
// another follows, and not where, is an error, never an end.
//
// A repository that is deleted while the listing is read shifts all later ones
// forward, and the next page would begin behind some that nobody has seen. So
// the cursor holds the ids of the last repositories read:
//
//	page shows one of them ──▶ what follows and is none of them, is new
//	page shows none ─────────▶ a larger overlap is asked for, up to the start
//	still none ──────────────▶ the cursor has expired: the listing begins again
//
// # Limits
//
// Bitbucket documents no order and takes no wish for one; it lists by names. A
// repository that is renamed or moved from behind the place being read to
// before it is missing from that listing. There is neither a total that would
// tell, nor a date of any kind: such a row is back with the next listing, and
// its absence from one does not make it deleted.
//
// At most 1,000 repositories a page, unless the operator has set another
// limit, to which larger ones are cut. Archived repositories are left out by
// some versions, unless they are asked for.
package bitbucketdc
