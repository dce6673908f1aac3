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
	c.made++
	before := len(c.jobs)
	key := fmt.Sprintf("%s-%d", c.Name, c.made)
	if err := c.post(ctx, key, fmt.Sprintf(`{"source":%q}`, source)); err != nil || len(c.jobs) == before {
		return err
	}
	for {
		a, err := c.Caller.insist(ctx, http.MethodGet, jobPath(c.jobs[before])+"?wait=1s", "")
		if err != nil || !c.expect(a, "the poll of job "+c.jobs[before], http.StatusOK) {
			return err
		}
		job, err := decode[openapi.Job](a)
		if err != nil || job.StartedAt != nil || job.FinishedAt != nil {
			return err
		}
	}
}
