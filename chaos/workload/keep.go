package workload

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/internal/openapi"
)

// KeepListing sees to it that a source is listed without pause until the
// context ends: it keeps a job behind the one that runs.
func (c *Client) KeepListing(ctx context.Context, source string) error {
	for ctx.Err() == nil {
		if err := c.listNext(ctx, source); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s, keep %s listed: %w", c.Name, source, err)
		}
		c.count("keep_listing")
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// listNext posts, and waits until the job has left the queue.
func (c *Client) listNext(ctx context.Context, source string) error {
	jobs, err := c.post(ctx, post{key: c.newKey(), source: source})
	if err != nil || len(jobs) == 0 {
		return err
	}
	for {
		a, err := c.Caller.insist(ctx, http.MethodGet, jobPath(jobs[0].ID)+"?wait=1s", "")
		if err != nil || !c.expect(a, "the poll of job "+jobs[0].ID, http.StatusOK) {
			return err
		}
		job, err := decode[openapi.Job](a)
		if err != nil {
			return err
		}
		c.shown(a, job)
		if job.StartedAt != nil || job.FinishedAt != nil {
			return nil
		}
	}
}
