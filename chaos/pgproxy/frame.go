package pgproxy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// frame is one message as it came: a byte for its kind, four for its length,
// and its body. The first one of a client has no kind.
type frame struct {
	kind  byte
	bytes []byte
}

const (
	header = 5
	// maxFrame is far above what any page of projects has.
	maxFrame = 1 << 26
)

// errFrame is returned for what is no message of the protocol.
var errFrame = errors.New("not a message of Postgres' protocol")

// body is the message without its header.
func (f frame) body() []byte { return f.bytes[header:] }

// readFrame reads the next message.
func readFrame(r *bufio.Reader) (frame, error) {
	kind, err := r.ReadByte()
	if err != nil {
		return frame{}, err
	}
	bytes, err := readSized(r, []byte{kind})
	return frame{kind: kind, bytes: bytes}, err
}

// readStartup reads a client's first message.
func readStartup(r *bufio.Reader) (frame, error) {
	bytes, err := readSized(r, nil)
	return frame{bytes: bytes}, err
}

// readSized reads a length, which counts itself, and what it is the length of.
func readSized(r *bufio.Reader, before []byte) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(length[:]))
	if size < int64(len(length)) || size > maxFrame {
		return nil, errFrame
	}
	whole := make([]byte, int64(len(before))+size)
	copy(whole, before)
	copy(whole[len(before):], length[:])
	_, err := io.ReadFull(r, whole[len(before)+len(length):])
	return whole, err
}

// commits follows what a client says and knows when it says COMMIT: as a query
// of its own, or as a prepared statement that is bound and executed.
type commits struct {
	prepared, bound map[string]bool
}

func newCommits() *commits {
	return &commits{prepared: map[string]bool{}, bound: map[string]bool{}}
}

// said reports whether this message has the server commit.
func (c *commits) said(f frame) bool {
	switch f.kind {
	case 'Q':
		var m pgproto3.Query
		return m.Decode(f.body()) == nil && isCommit(m.String)
	case 'P':
		var m pgproto3.Parse
		if m.Decode(f.body()) == nil {
			c.prepared[m.Name] = isCommit(m.Query)
		}
	case 'B':
		var m pgproto3.Bind
		if m.Decode(f.body()) == nil {
			c.bound[m.DestinationPortal] = c.prepared[m.PreparedStatement]
		}
	case 'E':
		var m pgproto3.Execute
		return m.Decode(f.body()) == nil && c.bound[m.Portal]
	}
	return false
}

func isCommit(query string) bool {
	return strings.EqualFold(strings.TrimRight(strings.TrimSpace(query), "; "), "commit")
}

// isCommitted reports whether a server's message is the reply to a COMMIT that
// did commit.
func isCommitted(f frame) bool {
	var m pgproto3.CommandComplete
	return f.kind == 'C' && m.Decode(f.body()) == nil && string(m.CommandTag) == "COMMIT"
}

// isNotification reports whether a server's message is the delivery of a NOTIFY.
func isNotification(f frame) bool { return f.kind == 'A' }
