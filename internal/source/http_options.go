package source

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"holdfast/internal/quantity"
)

const (
	defaultTimeout = 30 * time.Second
	// defaultMaxBody is some ten times the largest page of 100 records seen.
	defaultMaxBody = 32 << 20
	// maxTimeout keeps one request within a task: a worker that hangs on one
	// answer for longer looks like a dead one.
	maxTimeout = 10 * time.Minute
)

// HTTPOptions are the options that every kind of source behind HTTP has. A
// kind embeds them with the tag `yaml:",inline"`.
type HTTPOptions struct {
	// URL is the service's address as its users know it, with the path prefix
	// if it is served below one.
	URL string `yaml:"url"`
	// Timeout is for one request, from connecting to the body's last byte.
	// Default 30s.
	Timeout time.Duration `yaml:"timeout"`
	// CAFile holds PEM certificates to trust beside the system's, for services
	// with a certificate of their own authority.
	CAFile string `yaml:"ca_file"`
	// MaxBody limits one answer after decompression. Default 32MiB.
	MaxBody quantity.Size `yaml:"max_body"`
	// RequestsPerSecond slows this client down; 0 leaves the pace to the
	// service's own limits. It counts for each worker process.
	RequestsPerSecond float64 `yaml:"requests_per_second"`
}

// withDefaults fills in what was left out and refuses what cannot work.
func (o HTTPOptions) withDefaults() (HTTPOptions, error) {
	switch {
	case o.Timeout < 0 || o.Timeout > maxTimeout:
		return o, fmt.Errorf("timeout %s is out of range: write a duration up to %s, e.g. 30s", o.Timeout, maxTimeout)
	case o.MaxBody < 0:
		return o, errors.New("max_body is negative: write a size, e.g. 32MiB")
	case !(o.RequestsPerSecond >= 0 && o.RequestsPerSecond <= 1e6):
		return o, errors.New("requests_per_second is out of range: write a number like 5 or 0.5, or leave it out")
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBody == 0 {
		o.MaxBody = defaultMaxBody
	}
	return o, nil
}

// parseBase reads the configured address. Its errors never quote it: what does
// not parse may hold a password.
func parseBase(address string) (*url.URL, error) {
	if address == "" {
		return nil, errors.New("url is missing: write the service's address, e.g. https://forge.example.com")
	}
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Host == "" || base.Scheme != schemeHTTPS && base.Scheme != schemeHTTP:
		return nil, errors.New("url is not an http or https address: write one like https://forge.example.com")
	case base.User != nil:
		return nil, errors.New("url holds a user or password: leave them out of it and use the source's own options for credentials")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("url has a query or fragment (? or #): write only the address and path before it")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	base.RawPath = strings.TrimRight(base.RawPath, "/")
	return base, nil
}

// trustedRoots returns the system's authorities and those of a PEM file, or
// nil, which means the system's alone, when no file is named.
func trustedRoots(dir, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // nil is what crypto/tls takes for the system's own roots
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file cannot be read: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		// An image without system roots still has the ones it was given.
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----", file)
	}
	return roots, nil
}
