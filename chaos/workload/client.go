package workload

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"holdfast/chaos/journal"
	"holdfast/internal/invariants"
	"holdfast/internal/openapi"
)

// Client does what clients do, and writes down what it was told.
type Client struct {
	Name    string
	Sources []string
	Journal *journal.Journal
	Caller  *Caller

	// jobs are those that this client was promised, by the newest last; ended
	// those that it saw in a terminal state.
	jobs  []string
	ended map[string]string
	// keys remembers requests that may be repeated: the key and the body.
	keys [][2]string
	made int

	mu    sync.Mutex
	wrong []string
	asked map[string]int
}

// NewClient returns a client whose dice depend on the seed and its name.
func NewClient(name string, seed uint64, sources []string, j *journal.Journal, addresses func() []string) *Client {
	salt := fnv.New64()
	_, _ = salt.Write([]byte(name))
	return &Client{
		Name: name, Sources: sources, Journal: j, ended: map[string]string{}, asked: map[string]int{},
		Caller: &Caller{Addresses: addresses, Dice: rand.New(rand.NewPCG(seed, salt.Sum64()))}, //nolint:gosec // to be repeated
	}
}

// Live does one thing after the other until the context ends. An error is one
// of the client's own, such as a journal that cannot be written.
func (c *Client) Live(ctx context.Context) error {
	for ctx.Err() == nil {
		what, do := c.next()
		if err := do(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s, %s: %w", c.Name, what, err)
		}
		c.count(what)
		select {
		case <-time.After(time.Duration(50+c.Caller.Dice.IntN(350)) * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return nil
}

// next draws what to do.
func (c *Client) next() (string, func(context.Context) error) {
	deeds := []struct {
		weight int
		name   string
		do     func(context.Context) error
	}{
		{5, "post_with_key", c.postWithKey}, {2, "post_without_key", c.postWithoutKey}, {2, "repeat", c.repeat},
		{2, "cancel", c.cancel}, {2, "retry", c.retry}, {6, "poll", c.poll}, {5, "look", c.look},
	}
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	n := c.Caller.Dice.IntN(sum)
	for _, d := range deeds {
		if n -= d.weight; n < 0 {
			return d.name, d.do
		}
	}
	return "poll", c.poll
}

func (c *Client) source() string { return c.Sources[c.Caller.Dice.IntN(len(c.Sources))] }

const syncPath = "/api/v1/sync/projects"

func jobPath(id string) string { return "/api/v1/sync/jobs/" + id }

func (c *Client) postWithKey(ctx context.Context) error {
	c.made++
	key := fmt.Sprintf("%s-%d", c.Name, c.made)
	body := fmt.Sprintf(`{"source":%q}`, c.source())
	if c.Caller.Dice.IntN(6) == 0 {
		body = "" // every source
	}
	c.keys = append(c.keys, [2]string{key, body})
	return c.post(ctx, key, body)
}

// repeat sends an earlier request once more, which must have the same answer.
func (c *Client) repeat(ctx context.Context) error {
	if len(c.keys) == 0 {
		return nil
	}
	chosen := c.keys[c.Caller.Dice.IntN(len(c.keys))]
	return c.post(ctx, chosen[0], chosen[1])
}

func (c *Client) post(ctx context.Context, key, body string) error {
	a, err := c.Caller.insist(ctx, http.MethodPost, syncPath, body, "Idempotency-Key", key)
	if err != nil {
		return err
	}
	if a.status == http.StatusConflict {
		return nil // the same key is under way; an answer that never came may still be worked on
	}
	return c.accepted(a, key)
}

func (c *Client) postWithoutKey(ctx context.Context) error {
	a, err := c.Caller.call(ctx, http.MethodPost, syncPath, fmt.Sprintf(`{"source":%q}`, c.source()))
	if err != nil || a.uncertain() {
		return nil //nolint:nilerr // nothing was promised
	}
	return c.accepted(a, "")
}

// accepted writes down what a 202 promised.
func (c *Client) accepted(a answer, key string) error {
	if !c.expect(a, "a POST", http.StatusAccepted) {
		return nil
	}
	started, err := decode[openapi.StartedJobs](a)
	if err != nil {
		return err
	}
	ids := make([]string, len(started.Jobs))
	for i := range started.Jobs {
		ids[i] = started.Jobs[i].ID
	}
	c.jobs = append(c.jobs, ids...)
	return c.Journal.Append(journal.Record{Accepted: &journal.Accepted{Key: key, Jobs: ids}})
}

// expect notes an answer that nobody should get.
func (c *Client) expect(a answer, what string, statuses ...int) bool {
	if !slices.Contains(statuses, a.status) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %s was answered with %d %s", c.Name, what, a.status, a.body))
	}
	return a.status == statuses[0]
}

// job draws one of the jobs that the client was promised, the newer the likelier.
func (c *Client) job() (string, bool) {
	if len(c.jobs) == 0 {
		return "", false
	}
	const recent = 8
	newest := c.jobs[max(0, len(c.jobs)-recent):]
	return newest[c.Caller.Dice.IntN(len(newest))], true
}

func (c *Client) cancel(ctx context.Context) error {
	id, ok := c.job()
	if !ok {
		return nil
	}
	a, err := c.Caller.call(ctx, http.MethodPost, jobPath(id)+"/cancel", "")
	if err == nil && !a.uncertain() {
		c.expect(a, "the cancel of job "+id, http.StatusAccepted, http.StatusConflict)
	}
	return nil
}

// retry runs a failed or cancelled job again.
func (c *Client) retry(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(c.ended)) {
		if c.ended[id] != string(openapi.JobStatusSucceeded) && c.Caller.Dice.IntN(3) == 0 {
			return c.retryJob(ctx, id)
		}
	}
	return nil
}

func (c *Client) retryJob(ctx context.Context, id string) error {
	c.made++
	key := fmt.Sprintf("%s-%d", c.Name, c.made)
	a, err := c.Caller.insist(ctx, http.MethodPost, jobPath(id)+"/retry", "", "Idempotency-Key", key)
	if err != nil {
		return err
	}
	if a.status == http.StatusConflict || !c.expect(a, "the retry of job "+id, http.StatusAccepted) {
		return nil
	}
	job, err := decode[openapi.Job](a)
	if err != nil {
		return err
	}
	c.jobs = append(c.jobs, job.ID)
	return c.Journal.Append(journal.Record{Accepted: &journal.Accepted{Key: key, Jobs: []string{job.ID}}})
}

// poll looks at a job, and decides about the deletions that it held.
func (c *Client) poll(ctx context.Context) error {
	id, ok := c.job()
	if !ok {
		return nil
	}
	a, err := c.Caller.call(ctx, http.MethodGet, jobPath(id)+"?wait=1s", "")
	if err != nil || a.uncertain() || !c.expect(a, "the poll of job "+id, http.StatusOK) {
		return nil //nolint:nilerr // the next poll finds out
	}
	job, err := decode[openapi.Job](a)
	if err != nil {
		return err
	}
	if err := c.saw(&job); err != nil || job.Deletions.Held == 0 {
		return err
	}
	verb := []string{"approve", "discard"}[c.Caller.Dice.IntN(2)]
	a, err = c.Caller.call(ctx, http.MethodPost, jobPath(id)+"/deletions/"+verb, "")
	if err == nil && !a.uncertain() {
		c.expect(a, "the decision about the deletions of job "+id, http.StatusOK, http.StatusConflict, http.StatusNotFound)
	}
	return nil
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

func (c *Client) count(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[what]++
}

// Asked tells how often the client did what.
func (c *Client) Asked() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.asked)
}

// Wrong returns the answers that nobody should get: anything but what the
// interface documents for what was asked, 500 above all.
func (c *Client) Wrong() []invariants.Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) == 0 {
		return nil
	}
	return []invariants.Violation{{
		Invariant: "API", Rule: "every request is answered as the interface documents", Rows: c.wrong,
	}}
}
