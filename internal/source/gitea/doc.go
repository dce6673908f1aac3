// Package gitea lists the repositories of a Gitea or Forgejo instance, such as
// Codeberg, or of one of its organizations or users.
//
// # One listing for all
//
// GET /api/v1/repos/search takes an order (by id, ascending) and an owner, and
// its X-Total-Count counts exactly what it lists. The listings below /orgs and
// /users count repositories that they then leave out, because the token may
// not read them; /user/repos of Gitea takes no order. So an organization or a
// user is turned into its number first, and searched by that.
//
// # Pages by number
//
// A repository that is deleted while the listing is read shifts all later ones
// forward, and the next page would begin behind some that nobody has seen. So
// every page asked for overlaps what was read before (see [source.Window]):
//
//	page shows the last id read, or a smaller one ──▶ what follows that is new
//	page shows none of those ───────────────────────▶ an earlier one is asked for
//
// The first case shows, in one answer of the service, that nothing lies between
// the last id read and the new ones. A page by its place alone is never trusted:
// the server cuts the limit to its MAX_RESPONSE_ITEMS (50, if not set otherwise)
// in silence, and then all pages lie elsewhere. Only an empty page is the end.
//
// # Partitions
//
// Where the total is stated, the listing is cut into ranges of places, and the
// id that stands at each cut is asked for. From then on a partition is a range
// of ids, and its place no more than a hint where to look first. So nothing is
// lost or doubled between two partitions, whatever comes and goes.
//
// # Limits
//
// There is no filter for what changed lately. Neither Gitea nor Forgejo limits
// the rate of requests; what stands in front of them may, with 429. The
// addresses in their Link headers are those of ROOT_URL, which is often wrong:
// they are not read at all.
package gitea
