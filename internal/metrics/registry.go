package metrics

import (
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Process is what both processes say about themselves.
type Process struct {
	// Version is that of the build.
	Version string
	// Pool returns how the connections to Postgres are used.
	Pool func() *pgxpool.Stat
}

// newRegistry makes a registry with what every process has: its build, its
// pool, and the Go runtime.
func newRegistry(p Process) (*prometheus.Registry, promauto.Factory) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newPool(p.Pool),
	)
	factory := promauto.With(registry)
	factory.NewGaugeVec(prometheus.GaugeOpts{
		Name: "holdfast_build_info", Help: "Always 1; the version is the label.",
	}, []string{"version"}).WithLabelValues(p.Version).Set(1)
	return registry, factory
}

// handler answers scrapes. A collector that fails leaves its metrics out.
func handler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// counter makes a counter of one kind of event by labels.
func counter(f promauto.Factory, name, help string, labels ...string) *prometheus.CounterVec {
	return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}
