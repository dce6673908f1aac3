package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// startTimeout is how long a program may take to say that it is ready.
	startTimeout = 30 * time.Second
	// stopTimeout is how long one may take to drain before it is killed.
	stopTimeout = 20 * time.Second
)

// process is one of the programs, running.
type process struct {
	command *exec.Cmd
	// log is the file it writes to: a pipe would make the benchmark read every
	// line while it measures.
	log   string
	ended chan struct{}
}

// startProcess starts a program and waits until a line of its log has the
// message ready. It returns that line.
func startProcess(ctx context.Context, logFile, ready, program string, args ...string) (*process, map[string]any, error) {
	output, err := os.Create(logFile)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = output.Close() }()
	command := exec.Command(program, args...) //nolint:gosec,noctx // our own programs; stop ends them
	p := &process{command: command, log: logFile, ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = output, output
	if err := p.command.Start(); err != nil {
		return nil, nil, fmt.Errorf("%w: run 'make build' first", err)
	}
	go func() {
		_ = p.command.Wait()
		close(p.ended)
	}()
	line, err := p.awaitReady(ctx, ready)
	if err != nil {
		p.stop()
		return nil, nil, err
	}
	return p, line, nil
}

func (p *process) awaitReady(ctx context.Context, ready string) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(p.log)
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(text) {
			var entry map[string]any
			if json.Unmarshal(line, &entry) == nil && entry["msg"] == ready {
				return entry, nil
			}
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return nil, fmt.Errorf("%s ended before it was ready: %s", filepath.Base(p.command.Path), p.tail())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is not ready: %w: %s", filepath.Base(p.command.Path), ctx.Err(), p.tail())
		}
	}
}

// tail is the end of the log, for an error.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	const most = 2000
	return string(text[max(0, len(text)-most):])
}

// stop lets the program drain, and waits until it is gone.
func (p *process) stop() {
	if err := p.command.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		return
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		_ = p.command.Process.Kill()
		<-p.ended
	}
}
