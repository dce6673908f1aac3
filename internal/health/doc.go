// Package health is both ends of a readiness probe: the checks that a process
// makes of itself before it says that it is ready, and the client that asks a
// running one, because the container images have no curl.
package health
