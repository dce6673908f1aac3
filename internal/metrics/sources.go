package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast/internal/project"
)

// Figures reads the numbers about sources.
type Figures interface {
	SourceFigures(ctx context.Context, names []string) ([]project.SourceFigures, error)
}

// readTimeout bounds that: a scrape commonly gives up after ten seconds.
const readTimeout = 3 * time.Second

// sources shows what the database knows about the sources. Every worker shows
// the same.
type sources struct {
	names   []string
	figures Figures

	up, jobs, success, failures, held *prometheus.Desc
}

func newSources(names []string, figures Figures) *sources {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &sources{
		names: names, figures: figures,
		up:   desc("holdfast_database_up", "Whether the database answered this scrape."),
		jobs: desc("holdfast_source_jobs", "Sync jobs that have not ended, by status.", "source", "status"),
		success: desc("holdfast_source_last_success_timestamp_seconds",
			"When a sync job last succeeded; missing before the first one.", "source"),
		failures: desc("holdfast_source_config_failures",
			"Sync jobs in a row that failed for a reason that only a person can mend.", "source"),
		held: desc("holdfast_source_held_deletions", "Deletions that wait for a person.", "source"),
	}
}

// Describe names the metrics.
func (s *sources) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.up, s.jobs, s.success, s.failures, s.held} {
		descs <- d
	}
}

// Collect asks the database.
func (s *sources) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	list, err := s.figures.SourceFigures(ctx, s.names)
	if err != nil {
		gauge(s.up, 0)
		return
	}
	gauge(s.up, 1)
	for _, f := range list {
		gauge(s.jobs, float64(f.Queued), f.Name, string(project.Queued))
		gauge(s.jobs, float64(f.Running), f.Name, string(project.Running))
		gauge(s.jobs, float64(f.Waiting), f.Name, string(project.Waiting))
		gauge(s.failures, float64(f.ConfigFailures), f.Name)
		gauge(s.held, float64(f.HeldDeletions), f.Name)
		if f.LastSuccessAt != nil {
			gauge(s.success, float64(f.LastSuccessAt.UnixMilli())/1000, f.Name) //nolint:mnd // milliseconds
		}
	}
}
