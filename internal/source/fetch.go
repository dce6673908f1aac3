package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"holdfast/internal/quantity"
)

const (
	// maxAttempts is for failures that pass in moments, such as a connection
	// that the service closed while it was idle.
	maxAttempts = 3
	// firstBackoff doubles with each attempt; half of it is jitter.
	firstBackoff = 200 * time.Millisecond
	maxRedirects = 5
	// maxErrorBody is as much as is read of an answer that is an error.
	maxErrorBody = 64 << 10
)

// Request is one question to the service.
type Request struct {
	// Method is GET when empty.
	Method string
	// Ref is a path below the configured address, already escaped, with or
	// without a query, e.g. "/api/v4/projects" or what [Response.Rebase] gave.
	Ref string
	// Query is added to what Ref has.
	Query url.Values
	// Header is added to what the client sends anyway.
	Header http.Header
	// Body is sent as it is. Requests may be sent more than once, so one with
	// a body must only read, as a GraphQL query does.
	Body []byte
	// Validator is a [Response.Validator] of an earlier answer to the same
	// request, or empty. With it the answer may be [Response.NotModified].
	Validator string
	// Explain, if set, is asked first what an answer without success means; nil
	// leaves it to the client. Such a body is cut after 64 KiB.
	Explain func(*Response) *Error
}

// Get asks for a path below the configured address; see [Request.Ref].
func (c *Client) Get(ctx context.Context, ref string, query url.Values) (*Response, error) {
	return c.Do(ctx, Request{Ref: ref, Query: query})
}

// Do sends a request and returns its answer, which is whole, has a status of
// success and says that it is JSON, or is NotModified. Everything else is an [*Error], or wraps
// the context's error when the caller's context has ended.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.try(ctx, r)
		if err == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("ask %s: %w", c.base.Host, ctx.Err())
		}
		if attempt == maxAttempts || !passesInMoments(err) {
			return nil, err
		}
		pause := backoff(attempt)
		c.log.InfoContext(ctx, "request is tried again",
			"attempt", attempt, "pause_ms", pause.Milliseconds(), "error", err)
		if err := sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("ask %s: %w", c.base.Host, err)
		}
	}
}

// backoff is the pause after an attempt. The jitter keeps partitions that
// failed together from asking together again.
func backoff(attempt int) time.Duration {
	full := firstBackoff << (attempt - 1)
	return full/2 + rand.N(full/2) //nolint:gosec // jitter needs no secrecy
}

// try sends a request once, following redirects within the origin.
func (c *Client) try(ctx context.Context, r Request) (*Response, error) {
	if err := c.admit(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, err
	}
	digest := condition(req, r.Validator)
	for range maxRedirects {
		answer, location, err := c.roundTrip(req)
		if err != nil {
			return nil, err
		}
		if location == "" {
			answer.ref, answer.digest = r.Ref, digest
			err := r.judge(answer)
			c.gate.heed(answer, err)
			return answer, err
		}
		// Where a redirect leads may change: that answer has no validator.
		digest = ""
		if req, err = c.redirected(req, location); err != nil {
			return nil, err
		}
	}
	return nil, &Error{Kind: Configuration, Code: "redirect_loop",
		Message: c.base.Host + " redirects in a circle: check url"}
}

// judge is nil for an answer that can be used.
func (r Request) judge(answer *Response) error {
	if answer.NotModified() {
		return nil
	}
	if r.Explain != nil && !answer.succeeded() {
		if err := r.Explain(answer); err != nil {
			return err
		}
	}
	return answer.check()
}

func (c *Client) newRequest(ctx context.Context, r Request) (*http.Request, error) {
	target, err := c.target(r.Ref, r.Query)
	if err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(r.Body))
	if err != nil {
		// The cause would quote the whole address.
		return nil, &Error{Kind: Contract, Code: "bad_address", Message: "the address of the next request is not valid"}
	}
	req.Header = c.header.Clone()
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	c.auth.apply(req.Header)
	return req, nil
}

// target puts a ref on the configured address. Dot segments in it cannot climb
// above the address' own path, nor can escaped ones: a dot and its escape are
// the same by RFC 3986, section 6.2.2.2, and servers and proxies read them so.
func (c *Client) target(ref string, query url.Values) (*url.URL, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return nil, &Error{Kind: Contract, Code: "bad_address", Message: "the address of the next request is not a path on the configured url"}
	}
	target := *c.base
	if p := strings.NewReplacer("%2e", ".", "%2E", ".").Replace(u.EscapedPath()); p != "" {
		clean := path.Clean("/" + p)
		if strings.HasSuffix(p, "/") && clean != "/" {
			clean += "/"
		}
		target = *c.base.JoinPath(clean)
	}
	target.RawQuery = u.RawQuery
	if len(query) > 0 {
		target.RawQuery = strings.TrimPrefix(target.RawQuery+"&"+query.Encode(), "&")
	}
	return &target, nil
}

// roundTrip sends one request and reads its answer, or returns where a
// redirect leads.
func (c *Client) roundTrip(req *http.Request) (*Response, string, error) {
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, "", c.transportError(err)
	}
	defer func() { _ = res.Body.Close() }()
	if location := res.Header.Get("Location"); location != "" && isRedirect(res.StatusCode) {
		// Read what there is of the body, so that the connection is kept.
		_, _ = io.CopyN(io.Discard, res.Body, maxErrorBody)
		return nil, location, nil
	}
	answer := &Response{Status: res.StatusCode, Header: res.Header, client: c, asked: req.URL.Path,
		conditional: req.Header.Get("If-None-Match") != ""}
	if !answer.succeeded() {
		// The status says it all; a body that cannot be read adds nothing.
		answer.Body, _ = io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
		return answer, "", nil
	}
	answer.Body, err = io.ReadAll(io.LimitReader(res.Body, c.maxBody+1))
	if err != nil {
		return nil, "", c.transportError(err)
	}
	if int64(len(answer.Body)) > c.maxBody {
		return nil, "", &Error{Kind: Configuration, Code: "body_too_large", Message: fmt.Sprintf(
			"%s answered with more than %s: ask for smaller pages, or raise max_body", c.base.Host, quantity.Size(c.maxBody))}
	}
	return answer, "", nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// redirected follows a redirect within the origin and refuses any other.
func (c *Client) redirected(req *http.Request, location string) (*http.Request, error) {
	to, err := req.URL.Parse(location)
	if err != nil {
		return nil, &Error{Kind: Contract, Code: "bad_redirect", Message: c.base.Host + " redirects to an address that is none"}
	}
	if origin(to) != origin(c.base) {
		return nil, &Error{Kind: Configuration, Code: "redirected", Message: fmt.Sprintf(
			"%s redirects to %s, where credentials are not sent: if that is the service's right address, write it as url",
			origin(c.base), c.auth.redact(origin(to)))}
	}
	if req.Method != http.MethodGet {
		return nil, &Error{Kind: Configuration, Code: "redirected", Message: fmt.Sprintf(
			"%s redirects a %s request: write the address it leads to as url", origin(c.base), req.Method)}
	}
	next := req.Clone(req.Context())
	to.User = nil
	next.URL, next.Host = to, ""
	next.Header.Del("If-None-Match")
	return next, nil
}
