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
	c.made++
	before := len(c.jobs)
	key := fmt.Sprintf("%s-%d", c.Name, c.made)
	if err := c.post(ctx, key, fmt.Sprintf(`{"source":%q}`, source)); err != nil {
		return openapi.Job{}, err
	}
	if len(c.jobs) == before {
		return openapi.Job{}, fmt.Errorf("a POST for %s was not accepted: %v", source, c.Wrong())
	}
	return c.await(ctx, c.jobs[before])
}

// await polls until a job has ended.
func (c *Client) await(ctx context.Context, id string) (openapi.Job, error) {
	for {
		a, err := c.Caller.insist(ctx, http.MethodGet, jobPath(id)+"?wait=5s", "")
		if err != nil {
			return openapi.Job{}, err
		}
		job, err := decode[openapi.Job](a)
		if err != nil || job.FinishedAt != nil {
			return job, err
		}
		<-time.After(10 * time.Millisecond)
	}
}
