// Package openproject lists the projects of an OpenProject.
//
// GET /api/v3/projects pages by page number (which it calls offset), cuts pages
// to a size of its own, says so, and states the total with every page. Ordered
// by id, a project that is deleted or hidden from the account while the listing
// is read shifts all later ones forward, and the next page would begin behind
// some that nobody has seen. So every page asked for overlaps what was read
// before (see [source.Window]): a page that shows the last id read, or a smaller one,
// shows in one answer of the service that nothing lies between that id and the
// new ones. A page that shows no such id is dropped, and an earlier one is asked
// for.
//
// # Partitions
//
// The listing is cut into ranges of places, and the id that stands at each cut
// is asked for. From then on a partition is a range of ids, and its place no
// more than a hint where to look first. So nothing is lost or doubled between
// two partitions, whatever comes and goes.
//
// # Who is asking
//
// Where the service does not take the kind of credentials that it is shown,
// because basic authentication or API tokens are switched off, it overlooks
// them and lists what is public, with status 200. Rows of all other projects
// would look gone. The address /api/v3/users/me is for known users only: with a
// token it is asked before the first page, and again before a listing is called
// complete.
//
// # Limits
//
// Archived projects (active: false) are listed to administrators only. There is
// no filter for what changed, so listings are always full.
package openproject
