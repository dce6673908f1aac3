package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthTimeout bounds what a health check may take.
const healthTimeout = 4 * time.Second

// errNotReady is returned when a running API says that it is not ready.
var errNotReady = errors.New("the API is not ready")

// healthcheck asks a running API whether it is ready: the images have no curl.
func (c invocation) healthcheck(ctx context.Context) error {
	url, err := c.readyURL()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the API: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s", errNotReady, response.Status)
	}
	return nil
}

// readyURL is the argument, or what the configuration's listen address means
// on this machine.
func (c invocation) readyURL() (string, error) {
	if len(c.args) > 0 {
		return c.args[0], nil
	}
	cfg, err := c.load()
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(cfg.API.Listen)
	if err != nil {
		return "", fmt.Errorf("read api.listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/readyz", nil
}
