// Package daemon runs one of Holdfast's programs as a child process, follows its
// JSON log, and ends it as crashes and operators do. It is for what runs the
// system as a whole: end-to-end tests and the chaos suite.
package daemon

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// Command says what to run.
type Command struct {
	Program string
	Args    []string
	// Env is added to the environment of this process.
	Env []string
	// Ready is the message of the log line that says that the program is up.
	Ready string
	// Line is called with every line of the log, by one goroutine; nil is for
	// nobody. The bytes are only good during the call.
	Line func([]byte)
}

// Process is a program that runs, or has ended.
type Process struct {
	command *exec.Cmd
	ready   chan map[string]any
	ended   chan struct{}
}

// maxLine is more than any line of a log has.
const maxLine = 1 << 20

// Start starts a program. It dies with this process, however that ends.
func Start(c Command) (*Process, error) {
	p := &Process{
		command: exec.Command(c.Program, c.Args...), //nolint:noctx,gosec // Kill ends it; what to run is the caller's say
		ready:   make(chan map[string]any, 1), ended: make(chan struct{}),
	}
	p.command.Env = append(os.Environ(), c.Env...)
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := p.command.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", c.Program, err)
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Program, err)
	}
	go p.follow(output, c)
	return p, nil
}

// follow reads the log until the process is gone.
func (p *Process) follow(output io.Reader, c Command) {
	defer close(p.ended)
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if c.Line != nil {
			c.Line(lines.Bytes())
		}
		var entry map[string]any
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry["msg"] == c.Ready {
			select {
			case p.ready <- entry:
			default:
			}
		}
	}
	_, _ = io.Copy(io.Discard, output)
	_ = p.command.Wait()
}

// Ready gets the attributes of the line that says that the program is up.
func (p *Process) Ready() <-chan map[string]any { return p.ready }

// Ended is closed when the process is gone.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// PID is the process' number.
func (p *Process) PID() int { return p.command.Process.Pid }

// Signal sends a signal; one to a process that is gone is an error.
func (p *Process) Signal(s syscall.Signal) error { return p.command.Process.Signal(s) }

// Kill ends the process as a crash does, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	<-p.ended
}

// Killed reports whether a process that has ended died of SIGKILL.
func (p *Process) Killed() bool {
	status, ok := p.command.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
