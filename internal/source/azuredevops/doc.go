// Package azuredevops lists what an organization of Azure DevOps Services, or a
// collection of Azure DevOps Server, has: its Git repositories, or its projects.
//
// # Two levels
//
// A project of Azure is a container with any number of repositories. What other
// forges call a project is a repository here, so repositories are listed if not
// asked otherwise: one partition for each of Azure's projects, each read with
// one request, because the service does not page there.
//
// # Projects
//
// GET /_apis/projects pages by a number of projects to skip; there is neither a
// keyset nor a documented order. Each page asked for begins with the last project
// of the page before. If it does not, or shows one that has come before, something
// has moved and another project may have been passed over: the reading begins
// again. The header
// x-ms-continuationtoken says that more follow; a listing has ended only when
// it is not there and nothing new is either. An organization holds a thousand
// projects at most, so they are read whole, put in the order of their ids, and
// handed on in pages.
//
// # Limits
//
// The service slows its answers down, by up to half a minute, before it refuses
// any with 429; a Retry-After on an answer that was slowed down is obeyed by the
// next request. A token that is wrong is answered with 401, with 203 and a
// sign-in page, or with a redirect to one, depending on the day. No total is
// stated.
package azuredevops
