// Package gitlab lists the projects of a GitLab instance, group or user.
//
// # An instance
//
// GET /api/v4/projects pages by keyset: ordered by id, each request asks for
// what follows the last id read. That order never moves, so nothing is lost
// whatever happens meanwhile. The id range is cut into partitions that are
// listed at the same time; the last one has no upper end. GitLab may end a
// listing with a short page or with an empty one, with a Link header or
// without, and a proxy may drop the Link: only an empty page is the end.
//
// # A group or a user
//
// GitLab has only offset paging there. Ordered by id, a project that is
// deleted or moved away while the listing is read shifts all later ones
// forward, and the next page would begin behind some that nobody has seen. So
// every page asked for overlaps what was read before (see [source.Window]): a page
// that shows the last id read, or a smaller one, shows in one answer of the
// service that nothing lies between that id and the new ones. A page that
// shows no such id is dropped, and an earlier one is asked for. GitLab refuses
// offsets above 50,000 with 405.
//
// Where the total is stated, the listing is cut into ranges of places, and the
// id that stands at each cut is asked for. From then on a partition is a range
// of ids, and its place no more than a hint where to look first.
//
// # Limits
//
// At most 100 projects a page. GitLab.com allows 2,000 requests to /projects
// in ten minutes and 600 a minute to those of a group, and tells of the limit
// only when it is passed. The header x-total is missing above 10,000 projects
// and in keyset paging: then there is no total. Projects that wait to be
// deleted are still listed. Anonymous answers lack visibility, archived and
// more; those columns are then null.
package gitlab
