// Package fleet keeps a number of APIs and workers running, whatever ends them,
// each behind a proxy of its own on its way to Postgres. What a supervisor such
// as systemd or Kubernetes does in production it does here, faster.
package fleet

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"holdfast/chaos/pgproxy"
)

// Plan says what to run.
type Plan struct {
	APIs, Workers int
	// Programs is the folder of the built programs. Previous, if not empty, is
	// that of another version, which every other process is started from.
	Programs, Previous string
	// Folder is for configurations and logs.
	Folder string
	// Server is the address of Postgres.
	Server string
	// Config writes the configuration of a process that reaches Postgres at an
	// address, under its name.
	Config func(name, address string) string
}

// Fleet is what runs.
type Fleet struct {
	APIs, Workers []*Slot

	supervisors sync.WaitGroup
	stop        context.CancelFunc
}

// Start starts everything; Stop ends it. It does not wait until all are up.
func Start(ctx context.Context, plan Plan) (*Fleet, error) {
	ctx, stop := context.WithCancel(ctx)
	f := &Fleet{stop: stop}
	for i := range plan.APIs + plan.Workers {
		s, err := newSlot(ctx, plan, i)
		if err != nil {
			f.Stop()
			return nil, err
		}
		if i < plan.APIs {
			f.APIs = append(f.APIs, s)
		} else {
			f.Workers = append(f.Workers, s)
		}
		f.supervisors.Go(func() { s.supervise(ctx) })
	}
	return f, nil
}

// newSlot writes what the i-th process needs: APIs come first.
func newSlot(ctx context.Context, plan Plan, i int) (*Slot, error) {
	s := &Slot{Name: fmt.Sprintf("api-%d", i+1), ready: "api ready", changed: make(chan struct{})}
	program := "holdfast-api"
	if i >= plan.APIs {
		s.Name, s.ready = fmt.Sprintf("worker-%d", i-plan.APIs+1), "worker ready"
		program = "holdfast-worker"
	}
	s.programs = []string{filepath.Join(plan.Programs, program)}
	if plan.Previous != "" {
		s.programs = append(s.programs, filepath.Join(plan.Previous, program))
	}
	log, err := os.OpenFile(filepath.Join(plan.Folder, s.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", s.Name, err)
	}
	s.log = log
	if s.Proxy, err = pgproxy.Listen(ctx, plan.Server); err != nil {
		return nil, err
	}
	s.config = filepath.Join(plan.Folder, s.Name+".yaml")
	return s, os.WriteFile(s.config, []byte(plan.Config(s.Name, s.Proxy.Addr())), 0o600)
}

// Slots lists APIs and workers.
func (f *Fleet) Slots() []*Slot { return append(append([]*Slot{}, f.APIs...), f.Workers...) }

// Leader finds the worker whose River client has a name.
func (f *Fleet) Leader(client string) *Slot {
	for _, s := range f.Workers {
		if s.attribute("river_client") == client {
			return s
		}
	}
	return nil
}

// Heal opens the way to Postgres and wakes everything that is stopped.
func (f *Fleet) Heal() {
	for _, s := range f.Slots() {
		s.Proxy.Heal()
		s.Wake()
	}
}

// Ready waits until every process is up.
func (f *Fleet) Ready(ctx context.Context) error {
	for _, s := range f.Slots() {
		if err := s.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop kills everything and waits until nothing is left.
func (f *Fleet) Stop() {
	f.stop()
	f.supervisors.Wait()
	for _, s := range f.Slots() {
		s.Proxy.Close()
		_ = s.log.Close()
	}
}

// Logged adds up what the logs of all processes have told.
func (f *Fleet) Logged() (Logged, error) {
	var sum Logged
	for _, s := range f.Slots() {
		l, err := readLog(s.log.Name())
		if err != nil {
			return sum, err
		}
		sum.Fenced += l.Fenced
		for _, line := range l.Panics {
			sum.Panics = append(sum.Panics, s.Name+": "+line)
		}
	}
	return sum, nil
}
