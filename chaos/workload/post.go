package workload

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast/chaos/history"
	"holdfast/chaos/journal"
	"holdfast/internal/openapi"
)

const syncPath = "/api/v1/sync/projects"

// post is a request for jobs.
type post struct {
	key string
	// source is empty for all of them.
	source string
}

func (p post) body() string {
	if p.source == "" {
		return ""
	}
	return fmt.Sprintf(`{"source":%q}`, p.source)
}

// concerned are the sources that a request is about.
func (c *Client) concerned(p post) []string {
	if p.source == "" {
		return c.Sources
	}
	return []string{p.source}
}

// newKey is an Idempotency-Key that nobody has used.
func (c *Client) newKey() string {
	c.made++
	return fmt.Sprintf("%s-%d", c.Name, c.made)
}

func (c *Client) postWithKey(ctx context.Context) error {
	p := post{key: c.newKey(), source: c.source()}
	if c.Caller.Dice.IntN(6) == 0 {
		p.source = ""
	}
	c.posted = append(c.posted, p)
	_, err := c.post(ctx, p)
	return err
}

// post sends a request until it is answered for certain.
func (c *Client) post(ctx context.Context, p post) ([]openapi.Job, error) {
	called := time.Now()
	a, err := c.Caller.insist(ctx, http.MethodPost, syncPath, p.body(), "Idempotency-Key", p.key)
	if err != nil {
		c.lost(called, c.concerned(p)...)
		return nil, err
	}
	return c.posting(called, a, p)
}

// repeat sends an earlier request once more, which must have the same answer
// and changes nothing.
func (c *Client) repeat(ctx context.Context) error {
	if len(c.posted) == 0 {
		return nil
	}
	p := c.posted[c.Caller.Dice.IntN(len(c.posted))]
	a, err := c.Caller.insist(ctx, http.MethodPost, syncPath, p.body(), "Idempotency-Key", p.key)
	if err != nil || !c.expect(a, "a repeated POST", http.StatusAccepted) {
		return err
	}
	started, err := decode[openapi.StartedJobs](a)
	if err != nil {
		return err
	}
	c.shown(a, started.Jobs...)
	return c.promised(p.key, started.Jobs)
}

func (c *Client) postWithoutKey(ctx context.Context) error {
	p := post{source: c.source()}
	called := time.Now()
	a, err := c.Caller.call(ctx, http.MethodPost, syncPath, p.body())
	if err != nil || a.uncertain() {
		c.lost(called, p.source)
		return nil //nolint:nilerr // nothing was promised
	}
	_, err = c.posting(called, a, p)
	return err
}

// posting notes what a POST that began at that time led to.
func (c *Client) posting(called time.Time, a answer, p post) ([]openapi.Job, error) {
	if !c.expect(a, "a POST", http.StatusAccepted) {
		c.lost(called, c.concerned(p)...)
		return nil, nil
	}
	started, err := decode[openapi.StartedJobs](a)
	if err != nil {
		return nil, err
	}
	c.enqueued(called, started.Jobs...)
	c.shown(a, started.Jobs...)
	return started.Jobs, c.promised(p.key, started.Jobs)
}

// promised writes down what a 202 promised, and lets others know of it.
func (c *Client) promised(key string, jobs []openapi.Job) error {
	ids := make([]string, len(jobs))
	for i := range jobs {
		ids[i] = jobs[i].ID
	}
	if err := c.Journal.Append(journal.Record{Accepted: &journal.Accepted{Key: key, Jobs: ids}}); err != nil {
		return err
	}
	for i := range jobs {
		c.Promised.add(jobs[i].ID, jobs[i].Source)
	}
	return nil
}

// retry runs a job again: one that this client saw fail or be cancelled, if it
// finds one, or else any, which may be refused.
func (c *Client) retry(ctx context.Context) error {
	var p promise
	for range recent {
		var known bool
		if p, known = c.Promised.draw(c.Caller.Dice); !known {
			return nil
		}
		if end := c.ended[p.job]; end != "" && end != string(openapi.JobStatusSucceeded) {
			break
		}
	}
	return c.retryJob(ctx, p)
}

func (c *Client) retryJob(ctx context.Context, p promise) error {
	called, key := time.Now(), c.newKey()
	a, err := c.Caller.insist(ctx, http.MethodPost, jobPath(p.job)+"/retry", "", "Idempotency-Key", key)
	switch {
	case err != nil:
		c.lost(called, p.source)
		return err
	case a.status == http.StatusConflict:
		c.History.Add(c.Name, p.source, a.called, history.Event{Kind: history.RetryRefused, Job: p.job})
		return nil
	case !c.expect(a, "the retry of job "+p.job, http.StatusAccepted):
		c.lost(called, p.source)
		return nil
	}
	job, err := decode[openapi.Job](a)
	if err != nil {
		return err
	}
	c.History.Add(c.Name, p.source, called, history.Event{Kind: history.RetryAccepted, Job: p.job})
	c.enqueued(called, job)
	c.shown(a, job)
	return c.promised(key, []openapi.Job{job})
}
