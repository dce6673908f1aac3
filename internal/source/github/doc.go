// Package github lists the repositories of organizations, of a user, of a
// token's own account or of an App's installation, on GitHub.com and GitHub
// Enterprise, and all public repositories of either.
//
// # Pages by number
//
// All listings but the public one have only page numbers. They are asked for
// in the order of creation, which no rename and no push changes (the default
// of /user/repos is the full name); /installation/repositories takes no order
// and keeps one of its own. A repository that is deleted or transferred away
// while the listing is read shifts all later ones forward, and the next page
// would begin behind some that nobody has seen. So every page asked for
// overlaps what was read before (see [source.Window]), and the cursor holds the ids
// of the last repositories read:
//
//	page shows one of them ──▶ what follows it is new
//	page shows none ─────────▶ the page before it is asked for, up to ten times
//	nor does the first page ─▶ all that was read is gone, and the rest is new
//	still none ──────────────▶ the cursor has expired: the listing begins again
//
// GitHub asks clients to make requests one after the other, so a listing is
// one partition; several organizations are one each.
//
// # All public repositories
//
// GET /repositories?since=ID is a keyset by id, with pages of GitHub's own
// size, which may be short, hold null elements, and end with an empty one.
//
// # Totals
//
// /installation/repositories states one. Elsewhere the number of the last page
// is the number of repositories when pages of one are asked for.
//
// # Limits
//
// The primary limit (5,000 requests an hour; 60 without a token) is spent when
// x-ratelimit-remaining is 0, and lasts until x-ratelimit-reset. The secondary
// one protects the service: with retry-after, or else at least a minute, and
// longer each time. Both come as 403 or as 429, like refusals do as 403.
// See https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
//
// # Conditional requests
//
// A 304 to If-None-Match costs nothing of the primary limit with a token. ETags
// change with the token. Nothing says that they change with the Link header: so
// the last page is never asked for that way, and of a confirmed page nothing is
// believed but that its elements are the same. See [source.Conditional].
package github
