package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
)

// transportError says what a request that got no whole answer means.
func (c *Client) transportError(err error) *Error {
	host := c.base.Host
	if isTLS(err) {
		return &Error{Kind: Configuration, Code: "bad_tls", Err: c.cause(err), Message: "no trusted connection to " + host +
			"; if its certificate is of your own authority, name that in ca_file, and if it serves plain http, write http:// in url"}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return &Error{Kind: Configuration, Code: "unknown_host", Message: "the host " + host + " is not known: check url, and the worker's DNS"}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return &Error{Kind: Transient, Code: "timeout", Message: host + " did not answer within " + c.timeout.String() +
			": if it always takes so long, raise timeout or ask for smaller pages"}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: Transient, Code: "truncated", Message: "the answer of " + host + " was cut short"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Kind: Transient, Code: "connection_refused", Message: host +
			" refuses the connection: is the service up, and the port in url right?"}
	}
	return &Error{Kind: Transient, Code: "connection_failed", Message: "the connection to " + host + " failed", Err: c.cause(err)}
}

// isTLS tells a service that cannot be trusted, or speaks no TLS, from one that
// cannot be reached. An alert of the service's own is not among them: a proxy
// that is being restarted sends those too.
func isTLS(err error) bool {
	if errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	_, ok := errors.AsType[x509.UnknownAuthorityError](err)
	return ok
}

// cause keeps an error's text only: what it wraps could still be asked for the
// credential.
func (c *Client) cause(err error) error { return errors.New(c.auth.redact(err.Error())) }

// passesInMoments tells the failures that are worth a second try at once. A
// time-out is not among them: it has taken its time already. Nor is an answer
// that says itself when to come back.
func passesInMoments(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == Transient && e.Code != "timeout" && e.RetryAfter == 0
}
