package api

import (
	"context"
	"time"
)

const (
	// readTimeout bounds the reads of one request, the wait for a connection
	// of the pool included: a client is better off with a 503 that says when to
	// come back.
	readTimeout = 10 * time.Second
	// writeTimeout bounds a write after its client may have left.
	writeTimeout = 15 * time.Second
	// decideTimeout bounds a decision about held deletions, which may touch
	// many rows.
	decideTimeout = time.Minute
)

// bounded is for reads.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, readTimeout)
}

// detach is for writes: they end as they would have ended had the client
// stayed.
func detach(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), timeout)
}
