package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one of the programs under test, running.
type process struct {
	name    string
	command *exec.Cmd
	// ready gets the log line that says so; ended is closed when the process is gone.
	ready chan map[string]any
	ended chan struct{}

	mu   sync.Mutex
	logs []string
}

// run starts a program. The line of its log that has the message ready says
// that it is up.
func run(t *testing.T, program, ready string, env []string, args ...string) *process {
	t.Helper()
	p := &process{
		name: program, command: exec.Command(filepath.Join(binaries, program), args...),
		ready: make(chan map[string]any, 1), ended: make(chan struct{}),
	}
	p.command.Env = append(os.Environ(), env...)
	// Nothing outlives a test binary that is killed.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go p.follow(output, ready)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", p.name, p.log())
		}
	})
	return p
}

// follow reads the log until the process is gone.
func (p *process) follow(output io.Reader, ready string) {
	defer close(p.ended)
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.Clone(lines.Text())
		if strings.Contains(line, `"msg":"request"`) {
			continue // the tests poll
		}
		p.mu.Lock()
		p.logs = append(p.logs, line)
		p.mu.Unlock()
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == ready {
			select {
			case p.ready <- entry:
			default:
			}
		}
	}
	_ = p.command.Wait()
}

// awaitReady waits until the program is up and returns what it said then.
func (p *process) awaitReady(t *testing.T) map[string]any {
	t.Helper()
	select {
	case entry := <-p.ready:
		return entry
	case <-p.ended:
		t.Fatalf("%s ended before it was ready:\n%s", p.name, p.log())
	case <-time.After(patience):
		t.Fatalf("%s is not ready:\n%s", p.name, p.log())
	}
	return nil
}

// log is what the program has written, the last lines of it.
func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	const most = 100
	return strings.Join(p.logs[max(0, len(p.logs)-most):], "\n")
}

// kill ends the process as a crash does, and waits until it is gone.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

// signal sends a signal to the process.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		t.Fatalf("signal %s: %v", p.name, err)
	}
}

// awaitEnd waits until the process is gone by itself.
func (p *process) awaitEnd(t *testing.T, within time.Duration) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		t.Fatalf("%s has not ended after %s:\n%s", p.name, within, p.log())
	}
}
