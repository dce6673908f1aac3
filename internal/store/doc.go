// Package store holds all SQL of Holdfast's own and turns rows into domain
// types and back. It knows neither River nor HTTP, and it decides nothing: what
// a page means, when a lease is over and which row is absent are the callers'
// business. Queries live in queries/*.sql and are typed by sqlc into package db.
//
// Locks are taken in one order everywhere, so that no two transactions wait for
// each other: sources, sync_jobs, sync_partitions, projects.
package store
