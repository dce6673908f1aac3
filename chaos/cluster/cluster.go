// Package cluster runs the Postgres server that the chaos suite may crash, with
// the script that developers use: a cluster of its own, durability on.
package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Cluster is a server that can be crashed. It is safe for concurrent use:
// faults that want it down wait for each other.
type Cluster struct {
	script string
	home   string
	mu     sync.Mutex
}

// New returns the cluster of a folder, driven by a script such as
// scripts/postgres.sh. Whatever the folder held before is removed.
func New(ctx context.Context, script, home string) (*Cluster, error) {
	c := &Cluster{script: script, home: home}
	if err := c.Destroy(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Start starts the server and returns its URL.
func (c *Cluster) Start(ctx context.Context) (string, error) {
	output, err := c.run(ctx, "start")
	return strings.TrimSpace(output), err
}

// startTries is how often the server is started: other faults hit the sessions
// of the script too.
const startTries = 3

// Crash stops the server without a checkpoint, as a power failure does, and
// starts it again after a while, also when ctx ends meanwhile.
func (c *Cluster) Crash(ctx context.Context, down time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	if _, err := c.run(ctx, "stop", "immediate"); err != nil {
		return err
	}
	<-time.After(down)
	var err error
	for range startTries {
		if _, err = c.run(ctx, "start"); err == nil {
			return nil
		}
	}
	return err
}

// Stop stops the server and keeps its data.
func (c *Cluster) Stop(ctx context.Context) error {
	_, err := c.run(context.WithoutCancel(ctx), "stop", "immediate")
	return err
}

// Destroy stops the server and removes its data.
func (c *Cluster) Destroy(ctx context.Context) error {
	_, err := c.run(context.WithoutCancel(ctx), "destroy")
	return err
}

// run runs a command of the script.
func (c *Cluster) run(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, c.script, args...) //nolint:gosec // the project's own script
	for _, variable := range os.Environ() {
		// With these the script would leave this cluster alone.
		if !strings.HasPrefix(variable, "DATABASE_URL=") && !strings.HasPrefix(variable, "PGPORT=") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, "PGHOME="+c.home)
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", c.script, strings.Join(args, " "), err, complaint.String())
	}
	return string(output), nil
}
