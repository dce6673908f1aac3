package workload

import (
	"time"

	"holdfast/chaos/history"
	"holdfast/internal/openapi"
	"holdfast/internal/project"
)

// What a client tells the history, which has the operations of all clients.

// lost notes a POST for these sources of which nobody knows what became of it.
func (c *Client) lost(called time.Time, sources ...string) {
	for _, source := range sources {
		c.History.Lose(c.Name, source, called, history.Event{Kind: history.LostPost})
	}
}

// enqueued notes the jobs that a POST, which began at that time, led to.
func (c *Client) enqueued(called time.Time, jobs ...openapi.Job) {
	for i := range jobs {
		kind := history.Created
		if jobs[i].Coalesced {
			kind = history.Coalesced
		}
		c.History.Add(c.Name, jobs[i].Source, called, history.Event{Kind: kind, Job: jobs[i].ID})
	}
}

// shown notes how an answer shows jobs. They were read after the request was
// sent for the last time, whatever else it did.
func (c *Client) shown(a answer, jobs ...openapi.Job) {
	for i := range jobs {
		c.History.Add(c.Name, jobs[i].Source, a.called, history.Event{Kind: history.Saw, Job: jobs[i].ID, View: history.View{
			Status: project.Status(jobs[i].Status), Begun: jobs[i].StartedAt != nil, Asked: jobs[i].CancelRequestedAt != nil,
		}})
	}
}
