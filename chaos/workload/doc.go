// Package workload is what happens to the system in ordinary life while faults
// strike: clients ask, repeat, cancel, retry, decide and look, and the services
// that are mirrored change. Clients behave as the documentation asks of them:
// what was not answered is repeated with the same Idempotency-Key, and counts
// for nothing until a 202 is in the journal.
package workload
