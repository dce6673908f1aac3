package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// readHeaderTimeout bounds clients that dribble their headers.
const readHeaderTimeout = 5 * time.Second

// maxHeaderBytes is far above what any client of ours sends.
const maxHeaderBytes = 64 << 10

// Timeouts bound what a connection may take.
type Timeouts struct {
	Read, Write, Idle time.Duration
	// Notice is how long /readyz says no before connections are refused, so
	// that a load balancer looks elsewhere first.
	Notice time.Duration
	// Drain bounds how long requests that are under way may take after that.
	Drain time.Duration
}

// Serve answers requests on the listener until ctx is over, then drains: see
// the package comment.
func (s *Server) Serve(ctx context.Context, listener net.Listener, timeouts Timeouts, log *slog.Logger) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       timeouts.Read,
		WriteTimeout:      timeouts.Write,
		IdleTimeout:       timeouts.Idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	log.InfoContext(ctx, "draining")
	s.Drain()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(timeouts.Notice):
	}
	return shutDown(ctx, server, timeouts.Drain)
}

// shutDown refuses connections, and cuts those that do not end in time.
func shutDown(ctx context.Context, server *http.Server, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(fmt.Errorf("requests still under way after %s were cut", within), server.Close())
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
