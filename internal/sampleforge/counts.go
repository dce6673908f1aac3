package sampleforge

import "sync/atomic"

// Counts tells what was asked of the API since the start or the last reset.
type Counts struct {
	// Requests are all API requests, Pages those answered with a page.
	Requests int64 `json:"requests"`
	Pages    int64 `json:"pages"`
	// Projects are the projects on those pages.
	Projects int64 `json:"projects"`
	// RateLimited are the requests answered with 429.
	RateLimited int64 `json:"rate_limited"`
}

type counters struct{ requests, pages, projects, rateLimited atomic.Int64 }

func (c *counters) request() { c.requests.Add(1) }
func (c *counters) refused() { c.rateLimited.Add(1) }

func (c *counters) served(projects int) {
	c.pages.Add(1)
	c.projects.Add(int64(projects))
}

// Counts returns what was asked so far.
func (f *Forge) Counts() Counts {
	return Counts{
		Requests: f.counts.requests.Load(), Pages: f.counts.pages.Load(),
		Projects: f.counts.projects.Load(), RateLimited: f.counts.rateLimited.Load(),
	}
}
