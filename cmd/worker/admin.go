package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"holdfast/internal/health"
)

// admin serves the worker's health and metrics to operators; it has no user
// traffic.
type admin struct {
	server   *http.Server
	listener net.Listener
	checks   []health.Check
	log      *slog.Logger
	draining atomic.Bool
	// failed gets the error that ended the server.
	failed chan error
}

// startAdmin listens on the admin address.
func startAdmin(
	ctx context.Context, address string, checks []health.Check, metrics http.Handler, log *slog.Logger,
) (*admin, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on worker.admin_listen: %w", err)
	}
	a := &admin{listener: listener, checks: checks, log: log, failed: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.ready)
	mux.Handle("GET /metrics", metrics)
	a.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: health.Timeout, WriteTimeout: 4 * health.Timeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve the admin port: %w", err)
		}
	}()
	return a, nil
}

// ready says whether the worker takes work.
func (a *admin) ready(w http.ResponseWriter, r *http.Request) {
	if a.draining.Load() {
		answer(w, http.StatusServiceUnavailable, "draining")
		return
	}
	if failure := health.First(r.Context(), a.checks); failure != nil {
		a.log.WarnContext(r.Context(), "not ready", "check", failure.Check, "error", failure.Err)
		answer(w, http.StatusServiceUnavailable, "not in order: "+failure.Check)
		return
	}
	answer(w, http.StatusOK, "ready")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

func (a *admin) address() string { return a.listener.Addr().String() }

// drain makes the worker no longer ready.
func (a *admin) drain() { a.draining.Store(true) }

func (a *admin) close() { _ = a.server.Close() }
