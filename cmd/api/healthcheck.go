package main

import (
	"context"

	"holdfast/internal/health"
)

// healthcheck asks a running API whether it is ready.
func (c invocation) healthcheck(ctx context.Context) error {
	url, err := c.readyURL()
	if err != nil {
		return err
	}
	return health.Ask(ctx, url)
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
	return health.URL(cfg.API.Listen)
}
