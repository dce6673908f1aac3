package pgproxy

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// dialTimeout is how long a server may take to be found dead.
const dialTimeout = 5 * time.Second

// link is one connection of the process and the one to the server behind it.
type link struct {
	proxy  *Proxy
	client net.Conn
	// over is closed when both ends are to be.
	over chan struct{}

	mu     sync.Mutex
	ended  bool
	server net.Conn
}

// run passes messages on until either side ends. The server hears of the
// connection once the client's first message has passed the gate: through a
// network that is cut no connection comes about.
func (l *link) run() {
	defer l.reset()
	reader := bufio.NewReader(l.client)
	startup, err := readStartup(reader)
	if err != nil || !l.proxy.gate.pass(l.over) {
		return
	}
	server, err := net.DialTimeout("tcp", l.proxy.server, dialTimeout) //nolint:noctx // over ends it
	if err != nil || !l.attach(server) {
		return
	}
	var back sync.WaitGroup
	defer back.Wait()
	defer l.reset()
	back.Go(func() {
		defer l.reset()
		l.pump(bufio.NewReader(server), l.client, l.fromServer)
	})
	if _, err := server.Write(startup.bytes); err != nil {
		return
	}
	said := newCommits()
	l.pump(reader, server, func(f frame) verdict {
		if said.said(f) && l.proxy.springs(BeforeCommit) {
			return sever
		}
		return pass
	})
}

// attach reports false when the link is over already.
func (l *link) attach(server net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		_ = server.Close()
		return false
	}
	l.server = server
	return true
}

// reset ends both sides without a goodbye.
func (l *link) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	close(l.over)
	for _, conn := range []net.Conn{l.client, l.server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
			_ = tcp.Close()
		}
	}
}

// verdict is what becomes of a message.
type verdict int

const (
	pass verdict = iota
	drop
	sever
)

// fromServer decides about a message of the server.
func (l *link) fromServer(f frame) verdict {
	switch {
	case isCommitted(f) && l.proxy.springs(AfterCommit):
		return sever
	case isNotification(f) && l.proxy.springs(Notification):
		return drop
	}
	return pass
}

// pump passes messages on until there are none, or one severs the link. It
// writes what it has whenever it would have to wait for more.
func (l *link) pump(from *bufio.Reader, to net.Conn, decide func(frame) verdict) {
	writer := bufio.NewWriter(to)
	for {
		f, err := readFrame(from)
		if err != nil || !l.proxy.gate.pass(l.over) {
			return
		}
		switch decide(f) {
		case sever:
			_ = writer.Flush()
			return
		case drop:
		case pass:
			if _, err := writer.Write(f.bytes); err != nil {
				return
			}
		}
		if from.Buffered() == 0 && writer.Flush() != nil {
			return
		}
	}
}
