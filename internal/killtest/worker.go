package killtest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// build makes the worker's program and returns its path.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "holdfast-worker")
	// By its import path it is found from every folder of the module. Without
	// symbols it links in half the time.
	command := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags=-s -w", //nolint:gosec // the test's own file
		"-o", program, "holdfast/cmd/worker")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build the worker: %v\n%s", err, output)
	}
	return program
}

// writeConfig writes the configuration for a case's worker and returns its path.
func writeConfig(t *testing.T, url string, c Case) string {
	t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "database_url: %q\nlog: {format: json, level: debug}\n", url)
	// A slice outlasts the listing, so that each kill strikes a partition that is held.
	fmt.Fprintf(&text, "worker: {admin_listen: '127.0.0.1:0', lease: 2s, slice: 10m, concurrency: 4, pages_per_transaction: %d}\n", together)
	fmt.Fprintf(&text, "sources:\n- name: %s\n  kind: %s\n", sourceName, c.Kind)
	for line := range strings.Lines(strings.Trim(c.Options, "\n") + "\n") {
		fmt.Fprintf(&text, "  %s", line)
	}
	path := filepath.Join(t.TempDir(), "holdfast.yaml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// worker is the program, running.
type worker struct {
	command *exec.Cmd
	log     *bytes.Buffer
	// ended is closed when the process is gone and its log complete.
	ended chan struct{}
}

// start starts a worker, which ends with the test at the latest.
func start(t *testing.T, program, config string) *worker {
	t.Helper()
	w := &worker{log: new(bytes.Buffer), ended: make(chan struct{})}
	w.command = exec.Command(program, "--config", config) //nolint:gosec,noctx // the test's own program, ended by its own signal
	w.command.Stderr = w.log
	// Nothing outlives a test binary that is killed.
	w.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := w.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		_ = w.command.Wait()
	}()
	t.Cleanup(func() {
		w.kill()
		if t.Failed() {
			t.Logf("the end of a worker's log:\n%s", tail(w.log.String()))
		}
	})
	return w
}

// kill ends the worker as a crash does, and waits until it is gone.
func (w *worker) kill() {
	_ = w.command.Process.Kill()
	<-w.ended
}

// gone reports whether the worker has ended.
func (w *worker) gone() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// tail returns the last lines of a log.
func tail(log string) string {
	const most = 50
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
