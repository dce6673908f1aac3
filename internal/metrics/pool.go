package metrics

import (
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
)

// pool shows how the connections to Postgres are used; pgx counts them itself.
type pool struct {
	stat func() *pgxpool.Stat

	connections, limit, acquires, waits, waited, canceled *prometheus.Desc
}

func newPool(stat func() *pgxpool.Stat) *pool {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("holdfast_pool_"+name, help, labels, nil)
	}
	return &pool{
		stat:        stat,
		connections: desc("connections", "Connections to Postgres by what they do: acquired, idle, constructing.", "state"),
		limit:       desc("connections_limit", "Most connections that the pool opens (pool_size)."),
		acquires:    desc("acquires_total", "Connections handed out."),
		waits:       desc("acquire_waits_total", "Connections handed out after a wait, because all were in use."),
		waited:      desc("acquire_wait_seconds_total", "Time spent in those waits."),
		canceled:    desc("acquire_cancels_total", "Waits for a connection that were given up."),
	}
}

// Describe names the metrics.
func (p *pool) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{p.connections, p.limit, p.acquires, p.waits, p.waited, p.canceled} {
		descs <- d
	}
}

// Collect reads the pool.
func (p *pool) Collect(metrics chan<- prometheus.Metric) {
	s := p.stat()
	gauge := func(d *prometheus.Desc, v int32, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	count := func(d *prometheus.Desc, v float64) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(p.connections, s.AcquiredConns(), "acquired")
	gauge(p.connections, s.IdleConns(), "idle")
	gauge(p.connections, s.ConstructingConns(), "constructing")
	gauge(p.limit, s.MaxConns())
	count(p.acquires, float64(s.AcquireCount()))
	count(p.waits, float64(s.EmptyAcquireCount()))
	count(p.waited, s.EmptyAcquireWaitTime().Seconds())
	count(p.canceled, float64(s.CanceledAcquireCount()))
}
