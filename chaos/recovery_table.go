package main

import (
	"fmt"
	"strings"

	"holdfast/chaos/recovery"
	"holdfast/chaos/schedule"
)

// figures are the measurement in one line.
func (m *measurement) figures() string {
	return fmt.Sprintf("%.1f pages/s before, %.1f after: %.3f; lowest %.1f, back %s", m.Before, m.After, m.Ratio(), m.Lowest, m.back())
}

func (m *measurement) back() string {
	if m.Back < 0 {
		return "never"
	}
	return fmt.Sprintf("%.1f s", m.Back.Seconds())
}

// notRecovered are the faults after which no measurement showed enough.
func (r *report) notRecovered() []schedule.Kind {
	good := map[schedule.Kind]bool{}
	for i := range r.recoveries {
		good[r.recoveries[i].strike.Kind] = good[r.recoveries[i].strike.Kind] || r.recoveries[i].good()
	}
	var missed []schedule.Kind
	for i := range r.recoveries {
		if kind := r.recoveries[i].strike.Kind; !good[kind] {
			good[kind] = true
			missed = append(missed, kind)
		}
	}
	return missed
}

// recoveryTable has a line for each measurement.
func (r *report) recoveryTable() string {
	var text strings.Builder
	fmt.Fprint(&text, "| fault | hits | took | pages/s before | lowest | after | ratio | back at 95 % after |\n"+
		"|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range r.recoveries {
		m := &r.recoveries[i]
		fmt.Fprintf(&text, "| %s | %d | %.1f s | %.1f | %.1f | %.1f | %.3f | %s |\n", m.strike.Kind, m.hits,
			m.fault.Healed.Sub(m.fault.Struck).Seconds(), m.Before, m.Lowest, m.After, m.Ratio(), m.back())
	}
	if missed := r.notRecovered(); len(missed) > 0 {
		fmt.Fprintf(&text, "\nThe throughput did not come back to %.0f %% within %s after these faults: %v\n",
			100*recovery.Enough, recovery.Grace, missed)
	}
	return text.String()
}
