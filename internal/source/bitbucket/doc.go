// Package bitbucket lists the repositories of workspaces on Bitbucket Cloud.
//
// # Workspaces
//
// Bitbucket removed its listings across workspaces in 2026 (CHANGE-2770; they
// answer 410). What is left is GET /2.0/user/workspaces, and for each of these
// GET /2.0/repositories/{workspace}. Each workspace is a partition.
//
// # Pages
//
// Bitbucket pages by an opaque address, next, behind which is a page number: a
// repository that is deleted while the listing is read shifts all later ones
// forward, past the reader. So the listing is ordered by created_on, which
// never changes, and a page is asked for by the last one read:
//
//	created_on >= T, less those that were created at T and have been read
//
// The first repository of such a page proves that the filter was obeyed. Only
// where a page shows nothing created after T is next followed: then more
// repositories were created in one microsecond than a page holds. The address
// names a host of its own choosing, and is rebased on the configured one. A
// page without next is the end.
//
// # Limits
//
// At most 100 repositories a page, and 1,000 requests in any hour for an
// account; 429 tells when that is passed, and seldom for how long. The total of
// a workspace, size, is optional. Bitbucket states neither archived
// repositories nor counts of stars and forks; mainbranch and parent may be null.
package bitbucket
