package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// API counts what an API process does.
type API struct {
	registry            *prometheus.Registry
	requests            *prometheus.CounterVec
	durations           *prometheus.HistogramVec
	enqueued, coalesced prometheus.Counter
}

// NewAPI makes the metrics of an API process.
func NewAPI(p Process) *API {
	registry, factory := newRegistry(p)
	return &API{
		registry: registry,
		requests: counter(factory, "holdfast_api_requests_total",
			"Requests answered, by pattern of the route, method and class of the status.", "route", "method", "status"),
		durations: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "holdfast_api_request_duration_seconds",
			Help: "Time from a request to its answer, the wait of a long poll included.",
			// From a look at one row to the longest long poll.
			Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"route"}),
		enqueued: factory.NewCounter(prometheus.CounterOpts{
			Name: "holdfast_api_jobs_enqueued_total", Help: "Sync jobs committed for POSTs.",
		}),
		coalesced: factory.NewCounter(prometheus.CounterOpts{
			Name: "holdfast_api_jobs_coalesced_total", Help: "Sources of POSTs that a job still queued took in.",
		}),
	}
}

// Handler answers scrapes.
func (m *API) Handler() http.Handler { return handler(m.registry) }

// Answered counts a request.
func (m *API) Answered(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(status/100)+"xx").Inc() //nolint:mnd // 404 is a 4xx
	m.durations.WithLabelValues(route).Observe(took.Seconds())
}

// knownMethod keeps methods that a client makes up from becoming labels.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
		return method
	}
	return "other"
}

// Enqueued counts what a POST led to for one source.
func (m *API) Enqueued(coalesced bool) {
	if coalesced {
		m.coalesced.Inc()
		return
	}
	m.enqueued.Inc()
}
