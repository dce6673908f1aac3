// Package report holds what a run of the benchmark found, and writes it as a
// table for a terminal, as Markdown for people and as JSON for programs.
package report

import (
	"fmt"
	"math"
	"time"

	"holdfast/bench/stats"
)

// Report is one run.
type Report struct {
	Started time.Time     `json:"started"`
	Took    time.Duration `json:"took_ns"`
	// Command is how to run it again.
	Command string  `json:"command"`
	Machine Machine `json:"machine"`
	Rows    []Row   `json:"rows"`
}

// Row is one comparison: what Holdfast reached, and what the peer or the limit
// reached in the same run.
type Row struct {
	// Group gathers rows that belong together, Name tells them apart.
	Group string `json:"group"`
	Name  string `json:"name"`
	// Against is the peer in a few words.
	Against string `json:"against"`
	Ours    Figure `json:"ours"`
	Theirs  Figure `json:"theirs"`
	// Ratio is ours / theirs, pair by pair.
	Ratio stats.Summary `json:"ratio"`
	// Mark is what is wanted of the ratio, nil for a row that is only shown.
	Mark *Mark `json:"mark"`
	// Note says what a reader has to know to judge the row.
	Note string `json:"note,omitempty"`
}

// Figure is one side of a row: every measured value, and what it counts.
type Figure struct {
	Median float64   `json:"median"`
	Unit   string    `json:"unit"`
	Values []float64 `json:"values"`
}

// Compare makes a row from two sides that were measured in turn.
func Compare(name, against, unit string, ours, theirs []float64, mark *Mark) Row {
	return Row{
		Name: name, Against: against, Mark: mark,
		Ours:   Figure{Median: stats.Median(ours), Unit: unit, Values: ours},
		Theirs: Figure{Median: stats.Median(theirs), Unit: unit, Values: theirs},
		Ratio:  stats.Summarize(stats.Ratios(ours, theirs)),
	}
}

// CompareLimit makes a row against a limit that is stated, not measured.
func CompareLimit(name, unit string, ours []float64, limit float64) Row {
	theirs := make([]float64, len(ours))
	for i := range theirs {
		theirs[i] = limit
	}
	return Compare(name, "the limit", unit, ours, theirs, AtMost(1))
}

// Noted returns the row with a note.
func (r Row) Noted(format string, args ...any) Row {
	r.Note = fmt.Sprintf(format, args...)
	return r
}

// Mark is a bound on a ratio.
type Mark struct {
	Bound float64 `json:"bound"`
	// Above says whether the ratio must reach the bound; else it must not exceed it.
	Above bool `json:"above"`
}

// AtLeast is the mark of a rate.
func AtLeast(bound float64) *Mark { return &Mark{Bound: bound, Above: true} }

// AtMost is the mark of a time or a size.
func AtMost(bound float64) *Mark { return &Mark{Bound: bound} }

// Met reports whether the median ratio is on the wanted side of the bound, as
// precisely as it is printed.
func (m *Mark) Met(ratio float64) bool {
	rounded := math.Round(ratio*100) / 100
	if m.Above {
		return rounded >= m.Bound
	}
	return rounded <= m.Bound
}

// String writes the mark as in "≥ 0.65".
func (m *Mark) String() string {
	if m.Above {
		return fmt.Sprintf("≥ %g", m.Bound)
	}
	return fmt.Sprintf("≤ %g", m.Bound)
}
