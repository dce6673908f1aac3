package health

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// ErrNotReady is returned when a process answers that it is not ready.
var ErrNotReady = errors.New("not ready")

// askTimeout is longer than the process takes for two checks that hang.
const askTimeout = 2 * Timeout

// Ask asks a running process whether it is ready.
func Ask(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("make the health check: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %w", url, response.Status, ErrNotReady)
	}
	return nil
}

// URL is where a process on this machine that listens on an address, as the
// configuration has it, says whether it is ready.
func URL(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("read the listen address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/readyz", nil
}
