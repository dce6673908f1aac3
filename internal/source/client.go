package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
)

// ClientConfig is what a [Client] is made from.
type ClientConfig struct {
	HTTPOptions

	Auth Auth
	// Header is sent with each request, beside what the client sets itself.
	Header http.Header
	// Dir is where a relative CAFile starts; see [Settings.Dir].
	Dir string
	// Log gets a line for each request that is tried again; nil logs nothing.
	Log *slog.Logger
}

// Client is the one way to an external service over HTTP. It knows one origin
// and never leaves it: credentials go nowhere else, whatever a redirect or a
// next-URL says. It is safe for concurrent use.
//
// Every failure it returns is an [*Error], except the end of the caller's
// context. Failures that pass in moments are tried again at once, twice at
// most; to wait longer is the caller's business, who can do so without
// keeping a worker busy. Once an answer says that the service's rate limit is
// spent, no request is sent until that is over, whoever asks: the error comes
// back with the wait that is left.
type Client struct {
	transport http.RoundTripper
	base      *url.URL
	auth      Auth
	header    http.Header
	timeout   time.Duration
	maxBody   int64
	pace      *pacer
	gate      *gate
	log       *slog.Logger
}

// NewClient validates the configuration and does no request. Its errors tell
// which option to change.
func NewClient(cfg ClientConfig) (*Client, error) {
	options, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	base, err := parseBase(options.URL)
	if err != nil {
		return nil, err
	}
	roots, err := trustedRoots(cfg.Dir, options.CAFile)
	if err != nil {
		return nil, err
	}
	if err := cfg.Auth.validate(); err != nil {
		return nil, err
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		transport: newTransport(roots),
		base:      base,
		auth:      cfg.Auth,
		header:    withAgent(cfg.Header),
		timeout:   options.Timeout,
		maxBody:   int64(options.MaxBody),
		pace:      newPacer(options.RequestsPerSecond),
		gate:      &gate{},
		log:       log,
	}, nil
}

// WithAuth returns a client that proves itself in another way and shares all
// else with this one, connections, pace and rate limit included. It is for
// credentials that expire while the source lives on.
func (c *Client) WithAuth(auth Auth) (*Client, error) {
	if err := auth.validate(); err != nil {
		return nil, err
	}
	other := *c
	other.auth = auth
	return &other, nil
}

// Heed tells the client of an error that its caller read in an answer of
// success: after a rate limit, all who share the client stay away.
func (c *Client) Heed(err *Error) { c.gate.heed(nil, err) }

// admit returns when a request may be sent.
func (c *Client) admit(ctx context.Context) error {
	if err := c.gate.wait(ctx); err != nil {
		return err
	}
	if err := c.pace.wait(ctx); err != nil {
		return err
	}
	// The limit may have been met while this request waited for its turn.
	return c.gate.wait(ctx)
}

// newTransport has time limits for each stage where a dead network would
// otherwise hold a request for as long as the kernel likes.
func newTransport(roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16, // one for each partition that lists at a time
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// withAgent names Holdfast, so that a service's operator knows whom to ask,
// and asks for JSON.
func withAgent(header http.Header) http.Header {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header.Get("Accept") == "" {
		header.Set("Accept", "application/json")
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", "holdfast/"+buildVersion())
	}
	return header
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
