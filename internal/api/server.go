package api

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/labstack/echo/v4"
)

// Server answers requests until it is drained.
type Server struct {
	echo  *echo.Echo
	drain func()
}

// New makes the server.
func New(deps Deps) *Server {
	if deps.Observer == nil {
		deps.Observer = unobserved{}
	}
	draining := make(chan struct{})
	h := &handlers{Deps: deps, draining: draining}

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = errorHandler(deps.Log)
	e.Binder = jsonBinder{limit: deps.BodyLimit}
	e.IPExtractor = ipExtractor(deps.TrustedProxies)
	table := routes(h)
	e.Use(identify, observed(deps.Observer, table), accessLog(deps.Log), secure, recovered, sameOrigin)

	auth := newAuthenticator(deps.Tokens)
	limit := newLimiter(deps.RateLimit)
	for _, r := range table {
		middleware := []echo.MiddlewareFunc{auth.require(r.role), limit.posts}
		if r.role != "" {
			middleware = append(middleware, knownQuery(r.query))
		}
		r.add(e, middleware...)
	}
	return &Server{echo: e, drain: sync.OnceFunc(func() { close(draining) })}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Drain makes /readyz say that no more requests should come, and ends long
// polls. Requests are still answered.
func (s *Server) Drain() { s.drain() }

// handlers implements the generated interface; its methods are in the file of
// their resource.
type handlers struct {
	Deps

	draining <-chan struct{}
}

// ipExtractor believes X-Forwarded-For only from proxies that are named: by
// default echo believes it from anybody.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		prefix = prefix.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP:   prefix.Addr().AsSlice(),
			Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
