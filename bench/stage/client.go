package stage

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"time"
)

// Client is one connection to the API that sends one request after the other.
// It writes requests that are ready and reads answers on the caller's own
// goroutine: net/http's client would use as much of the processor as the server
// that is being measured beside it.
type Client struct {
	conn   net.Conn
	reader *bufio.Reader
	// body is where Do reads bodies into.
	body []byte
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

// Do sends a request and returns the status and the body of its answer. The body
// is good until the next call.
func (c *Client) Do(request Request) (int, []byte, error) {
	if err := c.send(request); err != nil {
		return 0, nil, err
	}
	status, length, err := c.readHead()
	if err != nil {
		return 0, nil, err
	}
	if length < 0 {
		body, err := io.ReadAll(httputil.NewChunkedReader(c.reader))
		if err == nil {
			// What ends the trailer, of which there is none.
			_, err = c.reader.ReadSlice('\n')
		}
		return status, body, err
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	_, err = io.ReadFull(c.reader, c.body)
	return status, c.body, err
}

// readHead reads as much of the head of an answer as a client must understand:
// the status, and how long the body is, or -1 when it comes in chunks.
func (c *Client) readHead() (status, length int, err error) {
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if _, rest, ok := bytes.Cut(line, []byte("HTTP/1.1 ")); !ok || len(rest) < statusLength {
		return 0, 0, fmt.Errorf("%q is no answer of HTTP/1.1", line)
	} else if status, err = strconv.Atoi(string(rest[:statusLength])); err != nil {
		return 0, 0, fmt.Errorf("%q has no status", line)
	}
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return status, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, 0, err
			}
		case "Transfer-Encoding":
			length = -1
		}
	}
}

// statusLength is how many digits a status has.
const statusLength = 3

// DoHeader is [Client.Do] with the answer's header, and a body that stays.
func (c *Client) DoHeader(request Request) (int, http.Header, []byte, error) {
	if err := c.send(request); err != nil {
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

func (c *Client) send(request Request) error {
	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(request)
	return err
}

// Close closes the connection.
func (c *Client) Close() { _ = c.conn.Close() }
