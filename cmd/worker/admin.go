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
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// probeTimeout bounds what a health check may take.
const probeTimeout = 2 * time.Second

// admin serves the worker's health to operators; it has no user traffic.
type admin struct {
	server   *http.Server
	listener net.Listener
	draining atomic.Bool
	// failed gets the error that ended the server.
	failed chan error
}

// startAdmin listens on the admin address.
func startAdmin(ctx context.Context, address string, pool *pgxpool.Pool, log *slog.Logger) (*admin, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on worker.admin_listen: %w", err)
	}
	a := &admin{listener: listener, failed: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), probeTimeout)
		defer cancel()
		switch {
		case a.draining.Load():
			answer(w, http.StatusServiceUnavailable, "draining")
		case pool.Ping(ctx) != nil:
			answer(w, http.StatusServiceUnavailable, "the database cannot be reached")
		default:
			answer(w, http.StatusOK, "ready")
		}
	})
	a.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: probeTimeout, WriteTimeout: 2 * probeTimeout,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve the admin port: %w", err)
		}
	}()
	return a, nil
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

// errNotReady is returned when a running worker says that it is not ready.
var errNotReady = errors.New("the worker is not ready")

// checkHealth asks the worker that listens on the address.
func checkHealth(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read worker.admin_listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*probeTimeout)
	defer cancel()
	url := "http://" + net.JoinHostPort(host, port) + "/readyz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil) //nolint:gosec // the operator's own address
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := http.DefaultClient.Do(request) //nolint:gosec // the operator's own address
	if err != nil {
		return fmt.Errorf("ask the worker: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", errNotReady, response.Status)
	}
	return nil
}
