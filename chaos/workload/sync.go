package workload

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/internal/openapi"
)

// SyncUntilSettled syncs a source again and again until a job succeeds that
// finds nothing to do: no row to delete that has not been missing long enough,
// and none whose deletion is held, which it approves. The source must stand
// still. It is an error when a job does not succeed now.
func (c *Client) SyncUntilSettled(ctx context.Context, source string) error {
	for {
		job, err := c.syncOnce(ctx, source)
		if err != nil {
			return err
		}
		if job.Status != openapi.JobStatusSucceeded {
			return fmt.Errorf("job %s of %s is %s without any fault: %+v", job.ID, source, job.Status, job.Error)
		}
		n := job.Counts
		switch {
		case job.Deletions.Held > 0:
			if _, err := c.Caller.insist(ctx, http.MethodPost, jobPath(job.ID)+"/deletions/approve", ""); err != nil {
				return err
			}
		case n.Created+n.Updated+n.Restored+n.Absent+n.Deleted == 0:
			return nil
		}
	}
}

// syncOnce posts and waits for the end.
func (c *Client) syncOnce(ctx context.Context, source string) (openapi.Job, error) {
	jobs, err := c.post(ctx, post{key: c.newKey(), source: source})
	if err != nil {
		return openapi.Job{}, err
	}
	if len(jobs) == 0 {
		return openapi.Job{}, fmt.Errorf("a POST for %s was not accepted: %v", source, c.Wrong())
	}
	return c.await(ctx, jobs[0].ID)
}

// await polls until a job has ended.
func (c *Client) await(ctx context.Context, id string) (openapi.Job, error) {
	for {
		a, err := c.Caller.insist(ctx, http.MethodGet, jobPath(id)+"?wait=5s", "")
		if err != nil {
			return openapi.Job{}, err
		}
		job, err := decode[openapi.Job](a)
		if err != nil {
			return job, err
		}
		c.shown(a, job)
		if job.FinishedAt != nil {
			return job, nil
		}
		<-time.After(10 * time.Millisecond)
	}
}
