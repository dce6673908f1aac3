// Package metrics counts what the API and the workers do, for Prometheus. It
// implements the observers of packages api and jobs, which know nothing of
// Prometheus; each process has one registry, and nothing is global.
//
// Every label has few values: routes and not paths, configured sources, the
// outcomes that the code names. Nothing is labelled by job, project or caller.
// docs/operations.md lists every metric, and a test compares the two.
package metrics
