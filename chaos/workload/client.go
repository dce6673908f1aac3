package workload

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"holdfast/chaos/history"
	"holdfast/chaos/journal"
	"holdfast/internal/invariants"
)

// Client does what clients do, and writes down what it was told.
type Client struct {
	Name    string
	Sources []string
	Journal *journal.Journal
	Caller  *Caller
	// History is of all clients together, and so are the jobs that any of them
	// was promised.
	History  *history.Recorder
	Promised *Promised

	// ended are the jobs that this client saw in a terminal state. Others may
	// have seen an end earlier: what this one sees of it until then is older.
	ended map[string]string
	// posted are requests that may be repeated.
	posted []post
	made   int

	mu    sync.Mutex
	wrong []string
	asked map[string]int
}

// NewClient returns a client whose dice depend on the seed and its name. Its
// history and its jobs are its own until they are set to those of others.
func NewClient(name string, seed uint64, sources []string, j *journal.Journal, addresses func() []string) *Client {
	salt := fnv.New64()
	_, _ = salt.Write([]byte(name))
	return &Client{
		Name: name, Sources: sources, Journal: j, History: &history.Recorder{}, Promised: &Promised{},
		ended: map[string]string{}, asked: map[string]int{},
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

// expect notes an answer that nobody should get.
func (c *Client) expect(a answer, what string, statuses ...int) bool {
	if !slices.Contains(statuses, a.status) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.wrong = append(c.wrong, fmt.Sprintf("%s: %s was answered with %d %s", c.Name, what, a.status, a.body))
	}
	return a.status == statuses[0]
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
