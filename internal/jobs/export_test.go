package jobs

import (
	"context"
	"errors"

	"holdfast/internal/project"
)

// Tidy is one turn of the janitor.
func (w *Worker) Tidy(ctx context.Context) error { return w.runner.tidyOnce(ctx) }

// Shared is what a shared transaction made of a request.
type Shared struct {
	project.EnqueueResult

	Err error
	// Alone is true when nothing was done and the request is to be carried alone.
	Alone bool
}

// EnqueueTogether carries requests as if they had arrived at the same time.
func (c *Client) EnqueueTogether(requests ...project.EnqueueRequest) []Shared {
	answers := c.enqueueTogether(requests)
	shared := make([]Shared, len(answers))
	for i, a := range answers {
		shared[i] = Shared{EnqueueResult: a.Value, Err: a.Err, Alone: errors.Is(a.Err, errAlone)}
	}
	return shared
}
