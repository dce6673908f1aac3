package workload

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"holdfast/chaos/history"
	"holdfast/chaos/journal"
	"holdfast/internal/openapi"
)

func jobPath(id string) string { return "/api/v1/sync/jobs/" + id }

// poll looks at a job, and decides about the deletions that it held.
func (c *Client) poll(ctx context.Context) error {
	p, ok := c.Promised.draw(c.Caller.Dice)
	if !ok {
		return nil
	}
	a, err := c.Caller.call(ctx, http.MethodGet, jobPath(p.job)+"?wait=1s", "")
	if err != nil || a.uncertain() || !c.expect(a, "the poll of job "+p.job, http.StatusOK) {
		return nil //nolint:nilerr // the next poll finds out
	}
	job, err := decode[openapi.Job](a)
	if err != nil {
		return err
	}
	c.shown(a, job)
	if err := c.saw(&job); err != nil || job.Deletions.Held == 0 {
		return err
	}
	verb := []string{"approve", "discard"}[c.Caller.Dice.IntN(2)]
	a, err = c.Caller.call(ctx, http.MethodPost, jobPath(p.job)+"/deletions/"+verb, "")
	if err == nil && !a.uncertain() {
		c.decided(a, p)
	}
	return nil
}

// decided notes a decision about held deletions.
func (c *Client) decided(a answer, p promise) {
	if c.expect(a, "the decision about the deletions of job "+p.job, http.StatusOK, http.StatusConflict, http.StatusNotFound) {
		c.History.Add(c.Name, p.source, a.called, history.Event{Kind: history.Decided})
	}
}

// saw writes down a job's end, and whatever is seen of a job that had ended.
func (c *Client) saw(job *openapi.Job) error {
	status := string(job.Status)
	if _, before := c.ended[job.ID]; !before && !journal.Terminal(status) {
		return nil
	}
	c.ended[job.ID] = status
	return c.Journal.Append(journal.Record{Ended: &journal.Ended{Job: job.ID, Status: status}})
}

// look reads some rows of a source, tombstones included.
func (c *Client) look(ctx context.Context) error {
	letters := "aeinorst"
	query := url.Values{
		"source": {c.source()}, "include_deleted": {"true"}, "page_size": {"50"},
		"q": {string(letters[c.Caller.Dice.IntN(len(letters))])},
	}
	a, err := c.Caller.call(ctx, http.MethodGet, "/api/v1/projects?"+query.Encode(), "")
	if err != nil || a.uncertain() || !c.expect(a, "a look at rows", http.StatusOK) {
		return nil //nolint:nilerr // nothing was seen
	}
	list, err := decode[openapi.ProjectList](a)
	if err != nil || len(list.Projects) == 0 {
		return err
	}
	rows := make([]journal.Row, len(list.Projects))
	for i := range list.Projects {
		rows[i] = journal.Row{ID: list.Projects[i].ID, ChangedAt: list.Projects[i].LastChangedAt}
	}
	return c.Journal.Append(journal.Record{Rows: rows})
}

func (c *Client) cancel(ctx context.Context) error {
	p, ok := c.Promised.draw(c.Caller.Dice)
	if !ok {
		return nil
	}
	called := time.Now()
	a, err := c.Caller.call(ctx, http.MethodPost, jobPath(p.job)+"/cancel", "")
	if err == nil && !a.uncertain() {
		switch {
		case c.expect(a, "the cancel of job "+p.job, http.StatusAccepted, http.StatusConflict):
			return c.cancelAccepted(a, p)
		case a.status == http.StatusConflict:
			c.History.Add(c.Name, p.source, called, history.Event{Kind: history.CancelRefused, Job: p.job})
			return nil
		}
	}
	c.History.Lose(c.Name, p.source, called, history.Event{Kind: history.LostCancel, Job: p.job})
	return nil
}

func (c *Client) cancelAccepted(a answer, p promise) error {
	c.History.Add(c.Name, p.source, a.called, history.Event{Kind: history.CancelAccepted, Job: p.job})
	job, err := decode[openapi.Job](a)
	if err != nil {
		return err
	}
	c.shown(a, job)
	return nil
}
