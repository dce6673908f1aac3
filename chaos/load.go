package main

import "time"

// load is what clients and sources give the system to do.
type load struct {
	// clients are as many as forges at least: in the end each syncs one.
	clients, forges int
	// projects are those of the first forge; every other one has so many more
	// than the one before.
	projects, more int
	// pageLatencies are how long forges take for a page of perPage projects, in
	// turn.
	pageLatencies       []time.Duration
	perPage, partitions int
}

// load chooses it for the run.
func (o options) load() load {
	if o.recovery {
		return steadyLoad()
	}
	return mixedLoad()
}

// mixedLoad is small enough for two cores and large enough that a listing takes
// seconds and every worker has something to lose. One forge is faster than a
// Postgres in trouble, so that its pages share transactions.
func mixedLoad() load {
	const far, near = 80 * time.Millisecond, 2 * time.Millisecond
	return load{
		clients: 4, forges: 4, projects: 600, pageLatencies: []time.Duration{far, far, far, near}, perPage: 20, partitions: 2,
	}
}

// steadyLoad is bound by the latency of the sources, and always the same: a
// client for each source keeps it listed without pause. A source has one
// partition, because of two the one that was taken over ends later, and the
// source is listed at half the rate until then, with nothing being wrong; and
// each of the eight is more than the twentieth of the throughput that may be
// missing, so that a single one that stands still is found. Listings differ in
// length, so that they do not end together.
func steadyLoad() load {
	const sources = 8
	return load{
		clients: sources, forges: sources, projects: 2000, more: 100,
		pageLatencies: []time.Duration{100 * time.Millisecond}, perPage: 20, partitions: 1,
	}
}
