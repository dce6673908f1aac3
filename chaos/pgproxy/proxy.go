package pgproxy

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// Proxy passes the connections of one process on to a server. It is safe for
// concurrent use.
type Proxy struct {
	listener net.Listener
	server   string
	gate     gate
	work     sync.WaitGroup

	mu     sync.Mutex
	links  map[*link]struct{}
	traps  []*Trap
	closed bool
}

// Listen begins to pass connections on to the server's address, from a free
// port on loopback.
func Listen(ctx context.Context, server string) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the process: %w", err)
	}
	p := &Proxy{listener: listener, server: server, links: map[*link]struct{}{}}
	p.work.Go(p.accept)
	return p, nil
}

// Addr is where the process finds its server.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close ends all connections, and waits until nothing runs any more.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Reset()
	p.work.Wait()
}

// Cut keeps everything back, in both directions, until Heal.
func (p *Proxy) Cut() { p.gate.close() }

// Slow delays every message until Heal.
func (p *Proxy) Slow(delay time.Duration) { p.gate.slow(delay) }

// Heal ends Cut and Slow.
func (p *Proxy) Heal() { p.gate.open() }

// Held returns how many messages have been kept back or delayed so far, or still are.
func (p *Proxy) Held() int { return int(p.gate.held.Load()) }

// Reset ends every connection as a crashed router does, and returns how many
// there were.
func (p *Proxy) Reset() int {
	p.mu.Lock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.reset()
	}
	return len(links)
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		l := &link{proxy: p, client: client, over: make(chan struct{})}
		if !p.add(l) {
			_ = client.Close()
			return
		}
		p.work.Go(func() {
			defer p.remove(l)
			l.run()
		})
	}
}

// add reports false when the proxy is closed.
func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}
