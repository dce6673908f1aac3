package stage

import "context"

// Program is a program that serves on an address of its own choice, which its
// log tells.
type Program struct {
	process *process
	address string
}

// StartProgram starts a program and waits until its log has the message ready,
// with the address as the attribute listen.
func StartProgram(ctx context.Context, logFile, ready, path string, args ...string) (*Program, error) {
	p, line, err := startProcess(ctx, logFile, ready, path, args...)
	if err != nil {
		return nil, err
	}
	address, _ := line["listen"].(string)
	return &Program{process: p, address: address}, nil
}

// Dial opens a connection to it.
func (p *Program) Dial(ctx context.Context) (*Client, error) { return Dial(ctx, p.address) }

// Close stops it.
func (p *Program) Close() { p.process.stop() }
