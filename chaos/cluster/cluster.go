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
	// disk is the size of the file system that the cluster has for itself, or
	// empty: then it shares that of its folder.
	disk string
	// shiftable says that the server reads its clock through a library that
	// Clock is the account of.
	shiftable bool
	mu        sync.Mutex

	// Clock tells the server's time from ours.
	Clock Clock
}

// Options of a cluster.
type Options struct {
	// Disk is the size of a file system of its own, such as 1G; none if empty.
	// It takes a user who may mount it.
	Disk string
	// Clock lets the server's clock be shifted.
	Clock bool
}

// New returns the cluster of a folder, driven by a script such as
// scripts/postgres.sh. Whatever the folder held before is removed, a file
// system included that a run which was killed has left mounted.
func New(ctx context.Context, script, home string, options Options) (*Cluster, error) {
	c := &Cluster{script: script, home: home, disk: options.Disk, shiftable: options.Clock}
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

// startTime bounds how long the server may take to start, recovery included.
const startTime = time.Minute

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
	return c.up(ctx)
}

// up starts the server if it is down and waits until it takes connections. It
// tries again: other faults hit the sessions of the script too, and a server
// that recovers takes none.
func (c *Cluster) up(ctx context.Context) error {
	const pause = 200 * time.Millisecond
	ctx = context.WithoutCancel(ctx)
	for begun := time.Now(); ; {
		_, err := c.run(ctx, "start")
		if err == nil || time.Since(begun) > startTime {
			return err
		}
		<-time.After(pause)
	}
}

// Stop stops the server and keeps its data; no file system stays mounted.
func (c *Cluster) Stop(ctx context.Context) error {
	for _, command := range [][]string{{"stop", "immediate"}, {"unmount"}} {
		if _, err := c.run(context.WithoutCancel(ctx), command...); err != nil {
			return err
		}
	}
	return nil
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
	command.Env = append(command.Env, "PGHOME="+c.home, "PGDISK="+c.disk)
	if c.shiftable {
		command.Env = append(command.Env, "PGCLOCK="+c.clockFile())
	}
	var complaint strings.Builder
	command.Stderr = &complaint
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", c.script, strings.Join(args, " "), err, complaint.String())
	}
	return string(output), nil
}
