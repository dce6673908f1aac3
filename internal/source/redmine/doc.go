// Package redmine lists the projects of a Redmine.
//
// GET /projects.json pages by offset, at most 100 at a time, and states the
// total with every page. The order it has by itself is that of the project
// tree, which moves with each rename: the listing asks for the order of
// creation, and among projects of one moment for that of the identifier, which
// Redmine lets nobody change. What is created meanwhile comes last.
//
// A project that is deleted, archived or hidden from the account while the
// listing is read shifts all later ones forward. So every page asked for begins
// with some projects that were read before (see [place]), and one that shows
// none of them is dropped: what follows them is looked for further in front.
//
// # A wrong key is no error to Redmine
//
// It answers 200 to a key that is wrong or revoked, and to every key while its
// REST web service is switched off, and lists what is public as it does to
// anyone. Rows of all other projects would look gone. The address
// /users/current.json has no such mercy: with a key it is asked before the first
// page, and again before a listing is called complete.
//
// # Limits
//
// Redmine sorts its projects on request since version 4.1. Only administrators
// see all projects, and nobody sees archived ones here: to Holdfast they are
// absent until they are unarchived. There is no filter for what changed that
// goes below a day, so listings are always full.
package redmine
