package recovery_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/recovery"
)

// steady are the commits of a system that reaches so many pages a second from
// one second to another, counted from the moment that the fault was healed.
func steady(perSecond int, from, until float64) []time.Time {
	gap := time.Second / time.Duration(perSecond)
	var commits []time.Time
	for at := seconds(from); at < seconds(until); at += gap {
		commits = append(commits, healed().Add(at))
	}
	return commits
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func healed() time.Time { return time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC) }

func TestMeasure(t *testing.T) {
	t.Parallel()
	fault := recovery.Fault{Struck: healed().Add(-4 * time.Second), Healed: healed()}
	const begin, struck, end = -14, -4, 20
	before := steady(50, begin, struck)
	for _, test := range []struct {
		name      string
		since     [][]time.Time
		want      recovery.Figures
		recovered bool
	}{
		{"nothing was lost", [][]time.Time{steady(50, struck, end)},
			recovery.Figures{Before: 50, After: 50, Lowest: 50}, true},
		{"back three seconds after the fault", [][]time.Time{steady(50, 3, end)},
			recovery.Figures{Before: 50, After: 50, Back: 3 * time.Second}, true},
		{"a part stays away", [][]time.Time{steady(40, struck, end)},
			recovery.Figures{Before: 50, After: 40, Lowest: 40, Back: -1}, false},
		{"it comes back too late", [][]time.Time{steady(50, 16, end)},
			recovery.Figures{Before: 50, Back: 16 * time.Second}, false},
		{"it comes back and goes away again", [][]time.Time{steady(50, 0, 8)},
			recovery.Figures{Before: 50, Back: 0}, false},
		{"one stall of a second is not a lower rate", [][]time.Time{steady(50, struck, 14), steady(50, 15, end)},
			recovery.Figures{Before: 50, After: 50, Lowest: 25}, true},
		{"nothing ever again", nil, recovery.Figures{Before: 50, Back: -1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var commits []time.Time
			// In another order than that of time.
			for _, part := range test.since {
				commits = append(commits, part...)
			}
			commits = append(commits, before...)
			got := recovery.Measure(commits, fault)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Recovered() != test.recovered {
				t.Errorf("recovered: %v at %.2f, want %v", got.Recovered(), got.Ratio(), test.recovered)
			}
		})
	}
}

func TestASystemThatStoodStillBeforeProvesNothing(t *testing.T) {
	t.Parallel()
	fault := recovery.Fault{Struck: healed(), Healed: healed()}
	if got := recovery.Measure(steady(50, 0, 20), fault); got.Recovered() {
		t.Errorf("without any throughput before: %+v counts as recovered", got)
	}
}
