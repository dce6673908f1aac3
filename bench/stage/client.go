package stage

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Client is one connection to the API that sends one request after the other.
// It writes requests that are ready and reads answers on the caller's own
// goroutine: net/http's client would use as much of the processor as the server
// that is being measured beside it.
type Client struct {
	conn   net.Conn
	reader *bufio.Reader
}

// answerTimeout is longer than the longest poll.
const answerTimeout = 2 * time.Minute

// Dial connects.
func Dial(ctx context.Context, address string) (*Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, reader: bufio.NewReader(conn)}, nil
}

// Request is a request as it goes over the wire.
type Request []byte

// NewRequest writes a request. Headers come as "Name: value".
func NewRequest(method, path, body string, headers ...string) Request {
	text := fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: holdfast\r\n", method, path)
	for _, header := range headers {
		text = fmt.Appendf(text, "%s\r\n", header)
	}
	if body != "" {
		text = fmt.Appendf(text, "Content-Type: application/json\r\n")
	}
	return fmt.Appendf(text, "Content-Length: %d\r\n\r\n%s", len(body), body)
}

// Do sends a request and returns the status and the body of its answer.
func (c *Client) Do(request Request) (int, []byte, error) {
	status, _, body, err := c.DoHeader(request)
	return status, body, err
}

// DoHeader is [Client.Do] with the answer's header.
func (c *Client) DoHeader(request Request) (int, http.Header, []byte, error) {
	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, nil, nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, nil, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, nil, nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	return response.StatusCode, response.Header, body, err
}

// Close closes the connection.
func (c *Client) Close() { _ = c.conn.Close() }
