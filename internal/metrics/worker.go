package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast/internal/jobs"
	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/store"
)

// codeReceiptMismatch is the error of a job whose receipt was not verified.
const codeReceiptMismatch = "receipt_mismatch"

// Worker counts what a worker process does. It is the [jobs.Observer].
type Worker struct {
	registry   *prometheus.Registry
	leases     prometheus.Gauge
	pages      *prometheus.CounterVec
	confirmed  *prometheus.CounterVec
	rows       *prometheus.CounterVec
	durations  prometheus.Histogram
	slices     *prometheus.CounterVec
	failures   *prometheus.CounterVec
	takeovers  *prometheus.CounterVec
	jobs       *prometheus.CounterVec
	mismatches *prometheus.CounterVec
}

// NewWorker makes the metrics of a worker process with these sources. What
// figures reads from the database is read at each scrape.
func NewWorker(p Process, sources []string, figures Figures) *Worker {
	registry, factory := newRegistry(p)
	registry.MustRegister(newSources(sources, figures))
	m := &Worker{
		registry: registry,
		leases: factory.NewGauge(prometheus.GaugeOpts{
			Name: "holdfast_worker_leases", Help: "Partitions that this worker is listing, each under a lease.",
		}),
		pages: counter(factory, "holdfast_worker_pages_total", "Pages committed.", "source"),
		confirmed: counter(factory, "holdfast_worker_pages_not_modified_total",
			"Those of the committed pages that the service confirmed in place of sending them.", "source"),
		rows: counter(factory, "holdfast_worker_rows_total",
			"Records of committed pages by what became of them.", "source", "outcome"),
		durations: factory.NewHistogram(prometheus.HistogramOpts{
			Name: "holdfast_worker_page_duration_seconds",
			Help: "Time that a transaction of pages took, the wait for a connection included.",
			// From an unchanged page on a fast disk to one that waits for a lock.
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		slices:    counter(factory, "holdfast_worker_slices_total", "Slices of partitions by how they ended.", "source", "end"),
		failures:  counter(factory, "holdfast_worker_source_failures_total", "Failures of sources by kind.", "source", "kind"),
		takeovers: counter(factory, "holdfast_worker_takeovers_total", "Leases that ran out and that this worker passed on.", "source"),
		jobs:      counter(factory, "holdfast_worker_jobs_finished_total", "Sync jobs that ended in this worker.", "source", "status"),
		mismatches: counter(factory, "holdfast_worker_receipt_mismatches_total",
			"Sync jobs whose receipt was not verified: the table was not what had been committed.", "source"),
	}
	for _, name := range sources {
		m.begin(name)
	}
	return m
}

// begin makes a source's counters begin at zero: the first increase of one that
// is not there yet would go unnoticed.
func (m *Worker) begin(name string) {
	for _, vec := range []*prometheus.CounterVec{m.pages, m.confirmed, m.takeovers, m.mismatches} {
		vec.WithLabelValues(name)
	}
	m.countRows(name, store.PageCounts{})
	for _, end := range jobs.SliceEnds() {
		m.slices.WithLabelValues(name, string(end))
	}
	for _, kind := range source.Kinds() {
		m.failures.WithLabelValues(name, string(kind))
	}
	for _, status := range []project.Status{project.Succeeded, project.Failed, project.Cancelled} {
		m.jobs.WithLabelValues(name, string(status))
	}
}

// Handler answers scrapes.
func (m *Worker) Handler() http.Handler { return handler(m.registry) }

// SliceBegan implements [jobs.SliceObserver].
func (m *Worker) SliceBegan(string) { m.leases.Inc() }

// PagesCommitted implements [jobs.SliceObserver].
func (m *Worker) PagesCommitted(name string, pages []store.PageCounts, took time.Duration) {
	m.pages.WithLabelValues(name).Add(float64(len(pages)))
	for i := range pages {
		m.countRows(name, pages[i])
	}
	m.durations.Observe(took.Seconds())
}

// PageNotModified implements [jobs.SliceObserver].
func (m *Worker) PageNotModified(name string) { m.confirmed.WithLabelValues(name).Inc() }

func (m *Worker) countRows(name string, c store.PageCounts) {
	for outcome, n := range map[string]int64{
		"created": c.Created, "updated": c.Updated, "unchanged": c.Unchanged, "restored": c.Restored,
		"quarantined": c.Quarantined, "duplicate": c.Duplicates,
	} {
		m.rows.WithLabelValues(name, outcome).Add(float64(n))
	}
}

// SliceEnded implements [jobs.SliceObserver].
func (m *Worker) SliceEnded(name string, end jobs.SliceEnd) {
	m.leases.Dec()
	m.slices.WithLabelValues(name, string(end)).Inc()
}

// SourceFailed implements [jobs.JobObserver].
func (m *Worker) SourceFailed(name string, kind source.Kind) {
	m.failures.WithLabelValues(name, string(kind)).Inc()
}

// TookOver implements [jobs.JobObserver].
func (m *Worker) TookOver(name string) { m.takeovers.WithLabelValues(name).Inc() }

// JobEnded implements [jobs.JobObserver].
func (m *Worker) JobEnded(name string, status project.Status, code string) {
	m.jobs.WithLabelValues(name, string(status)).Inc()
	if code == codeReceiptMismatch {
		m.mismatches.WithLabelValues(name).Inc()
	}
}
