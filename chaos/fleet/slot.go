package fleet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"holdfast/chaos/pgproxy"
	"holdfast/internal/daemon"
)

// restartAfter is the pause before a process that ended is started again.
const restartAfter = 200 * time.Millisecond

// errNotRunning is returned for a slot whose process has ended and is not yet
// started again.
var errNotRunning = errors.New("the process is not running")

// Slot is the place of one process: when it ends another one takes the place,
// with the same configuration.
type Slot struct {
	Name  string
	Proxy *pgproxy.Proxy

	// programs are the versions that take turns; the first one has failpoints.
	programs      []string
	ready, config string
	log           *os.File

	mu      sync.Mutex
	process *daemon.Process
	starts  int
	// attributes are those of the line that says that the process is up; nil
	// until then.
	attributes map[string]any
	stopped    bool
	// failpoint is where the next process is to kill itself, doomed the one
	// that has been told to. One that ends in another way, because it found no
	// server when it started, say, is followed by another that is told to.
	failpoint string
	doomed    *daemon.Process
	died      int
	// changed is closed and made anew when the process is up or gone.
	changed chan struct{}
}

// supervise starts the process again and again until the context ends.
func (s *Slot) supervise(ctx context.Context) {
	for ctx.Err() == nil {
		p, err := s.start()
		if err != nil {
			_, _ = fmt.Fprintln(s.log, err)
		} else {
			s.attend(ctx, p)
		}
		select {
		case <-time.After(restartAfter):
		case <-ctx.Done():
		}
	}
}

func (s *Slot) start() (*daemon.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	command := daemon.Command{
		Program: s.programs[s.starts%len(s.programs)], Args: []string{"--config", s.config}, Ready: s.ready,
		Line: func(line []byte) { _, _ = s.log.Write(append(slices.Clip(line), '\n')) },
	}
	doomed := s.failpoint != ""
	if doomed {
		command.Program = s.programs[0] + "-failpoint"
		command.Env = []string{"HOLDFAST_FAILPOINT=" + s.failpoint}
	}
	p, err := daemon.Start(command)
	if err != nil {
		return nil, err
	}
	s.process, s.stopped = p, false
	s.starts++
	if doomed {
		s.doomed = p
	}
	return p, nil
}

// attend waits for the end of a process.
func (s *Slot) attend(ctx context.Context, p *daemon.Process) {
	select {
	case entry := <-p.Ready():
		s.set(entry)
	case <-p.Ended():
	case <-ctx.Done():
	}
	select {
	case <-p.Ended():
	case <-ctx.Done():
		p.Kill()
	}
	s.mu.Lock()
	if s.doomed == p {
		s.doomed = nil
		if p.Killed() {
			s.died++
			s.failpoint = ""
		}
	}
	s.process = nil
	s.mu.Unlock()
	s.set(nil)
}

// set notes what the process says of itself, and tells those who wait.
func (s *Slot) set(attributes map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attributes = attributes
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Slot) attribute(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, _ := s.attributes[name].(string)
	return value
}

// Address is where an API listens, or empty while it is not up.
func (s *Slot) Address() string { return s.attribute("listen") }

// Ready waits until the process is up.
func (s *Slot) Ready(ctx context.Context) error {
	for {
		s.mu.Lock()
		up, changed := s.attributes != nil, s.changed
		s.mu.Unlock()
		if up {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s is not up: %w", s.Name, ctx.Err())
		}
	}
}

// Signal sends a signal to the process, if one runs that has not been stopped.
func (s *Slot) Signal(signal syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signal(signal)
}

func (s *Slot) signal(signal syscall.Signal) error {
	if s.process == nil || s.attributes == nil || s.stopped || s.doomed != nil {
		return errNotRunning
	}
	if err := s.process.Signal(signal); err != nil {
		return err
	}
	s.stopped = signal == syscall.SIGSTOP
	return nil
}

// Wake ends a stop.
func (s *Slot) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil && s.stopped {
		_ = s.process.Signal(syscall.SIGCONT)
	}
	s.stopped = false
}

// Doom replaces the process by one that will kill itself at a failpoint, which
// in turn is replaced by an ordinary one.
func (s *Slot) Doom(failpoint string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.signal(syscall.SIGTERM); err != nil {
		return err
	}
	s.failpoint = failpoint
	return nil
}

// Died tells how many processes have killed themselves at a failpoint.
func (s *Slot) Died() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.died
}

// Spare kills a process that is to kill itself and has not.
func (s *Slot) Spare() {
	s.mu.Lock()
	doomed := s.doomed
	s.doomed, s.failpoint = nil, ""
	s.mu.Unlock()
	if doomed != nil {
		doomed.Kill()
	}
}
