// Package sampleforge is a GitLab-compatible server with made-up projects, for
// demos and tests: as many as asked for, the same ones for the same seed, with
// all that real ones have: unicode of every kind, nulls and empty texts, long
// descriptions with line breaks and quotes, nested groups, renamed paths, ids
// with gaps beyond 32 bits.
//
// A project is computed from the seed and its number whenever it is asked for;
// only what was changed afterwards is remembered. A million projects therefore
// cost no memory, and any page is found without reading the ones before it.
//
// # What it answers
//
//	GET /api/v4/projects                keyset (pagination=keyset) and offset (page) paging, id_after, id_before
//	GET /api/v4/groups/{id}/projects    offset only, include_subgroups
//	GET /api/v4/users/{id}/projects     offset only
//	GET /api/v4/projects/{id}, /groups/{id}, /user, /personal_access_tokens/self, /version
//
// It follows GitLab where clients have been surprised by it: in keyset mode no
// totals are stated and only an empty page is without a Link; above 10,000 rows
// X-Total, X-Total-Pages and rel="last" are missing; beyond an offset of 50,000
// the instance listing answers 405; per_page is cut at 100 in silence; an
// exceeded rate limit is 429 with the plain text "Retry later".
//
// Listings are in the order of ids. order_by=created_at is accepted, because
// creation dates rise with the ids; other orders are refused. Filters other than
// id_after and id_before are ignored, as GitLab ignores parameters that it does
// not know.
//
// # Changing the truth
//
// [Forge.Update], [Forge.Remove], [Forge.Restore], [Forge.Add] and
// [Forge.SetOutage] change what is listed, [Forge.Inject] makes requests fail.
// The same is there over HTTP under /-/sample/, whose index lists the calls.
// These take no token and are never faulty.
package sampleforge
