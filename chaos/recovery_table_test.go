package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/recovery"
	"holdfast/chaos/schedule"
)

// measured is a fault that hit so often and left so much of 80 pages a second.
func measured(kind schedule.Kind, hits int, after float64) measurement {
	return measurement{
		strike: schedule.Strike{Kind: kind}, hits: hits, Figures: recovery.Figures{Before: 80, After: after, Lowest: 12},
	}
}

func TestWhatDidNotRecover(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		measured []measurement
		want     []schedule.Kind
	}{
		{"all is back", []measurement{measured("kill_worker", 1, 80), measured("cut_network", 3, 76)}, nil},
		{"the second time shows it", []measurement{measured("kill_worker", 1, 70), measured("kill_worker", 1, 79)}, nil},
		{"twice too little", []measurement{measured("kill_worker", 1, 70), measured("kill_worker", 1, 75), measured("cut_network", 1, 80)},
			[]schedule.Kind{"kill_worker"}},
		{"what did not hit proves nothing", []measurement{measured("kill_worker", 0, 80)}, []schedule.Kind{"kill_worker"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := newReport(options{recovery: true})
			r.recoveries = test.measured
			if diff := cmp.Diff(test.want, r.notRecovered()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecoveryTable(t *testing.T) {
	t.Parallel()
	r := newReport(options{seed: 7, recovery: true, only: []schedule.Kind{"kill_worker", "cut_network"}})
	r.recoveries = []measurement{measured("kill_worker", 1, 70), measured("kill_worker", 1, 78), measured("cut_network", 2, 60)}
	text := r.markdown()
	for _, part := range []string{
		"| kill_worker | 1 | 0.0 s | 80.0 | 12.0 | 70.0 | 0.875 |", "| kill_worker | 1 | 0.0 s | 80.0 | 12.0 | 78.0 | 0.975 |",
		"within 10s after these faults: [cut_network]", "make chaos-recovery SEED=7 ONLY=kill_worker,cut_network",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the report does not say %q:\n%s", part, text)
		}
	}
}
