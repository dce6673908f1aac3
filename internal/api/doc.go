// Package api is the HTTP side of Holdfast: it enqueues sync jobs and shows
// what became of them. It never talks to a source, and holds no transaction
// beyond one request.
//
// The interface is described in package openapi; this package implements the
// handlers that are generated from there, one resource a file. routes.go has
// every route with the role it needs, problems.go every problem that can be
// answered, errors.go the one way from an error to a problem.
//
// # Two rules about contexts
//
// Reads run under the request's context: nobody waits for an answer that
// nobody hears. Writes, once begun, do not: a client that leaves right after
// its POST still gets its job, and a commit is never interrupted half-way, when
// nobody could tell whether it happened (see detach).
//
// # Draining
//
//	serving ──ctx over──▶ draining ──notice over──▶ closing ──requests answered, or time-out──▶ closed
//	                      /readyz is 503,           no new connections
//	                      long polls end
package api
