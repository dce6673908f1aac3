package jobs

import "context"

// Tidy is one turn of the janitor.
func (w *Worker) Tidy(ctx context.Context) error { return w.runner.tidyOnce(ctx) }
