package cluster

import (
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMoments(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_700_000_000, 0)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	var c Clock
	if diff := cmp.Diff([]time.Time{at(3)}, c.Moments(at(3))); diff != "" {
		t.Errorf("a clock that was never shifted (-want +got):\n%s", diff)
	}
	// At 10 it goes back by 4, at 20 forward by 9: it is then 5 ahead.
	c.shifted(shift{from: at(10), until: at(10.5), ahead: -4 * time.Second})
	c.shifted(shift{from: at(20), until: at(20), ahead: 5 * time.Second})
	for _, test := range []struct {
		name  string
		stamp float64
		want  []time.Time
	}{
		{"before it went back", 5, []time.Time{at(5)}},
		{"shown twice", 8, []time.Time{at(8), at(12)}},
		{"shown a second time while the file was replaced", 6.2, []time.Time{at(6.2), at(10.2)}},
		{"after that", 11, []time.Time{at(15)}},
		{"leapt over", 18, nil},
		{"after the leap", 26, []time.Time{at(21)}},
	} {
		if diff := cmp.Diff(test.want, c.Moments(at(test.stamp))); diff != "" {
			t.Errorf("%s: the moments of %v (-want +got):\n%s", test.name, test.stamp, diff)
		}
	}
	if diff := cmp.Diff("-4.0 s at 22:13:30.000, +9.0 s at 22:13:40.000", c.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if ahead := c.Ahead(); ahead != 5*time.Second {
		t.Errorf("ahead by %s, want 5s", ahead)
	}
}

func TestShiftClock(t *testing.T) {
	t.Parallel()
	c := &Cluster{home: t.TempDir(), shiftable: true}
	for _, shift := range []struct {
		by   time.Duration
		want string
	}{{2500 * time.Millisecond, "+2.500\n"}, {-time.Minute, "-57.500\n"}} {
		if err := c.ShiftClock(t.Context(), shift.by); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(c.clockFile())
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != shift.want {
			t.Errorf("after a jump of %s the file has %q, want %q", shift.by, text, shift.want)
		}
	}
	if err := new(Cluster).ShiftClock(t.Context(), time.Second); err == nil {
		t.Error("a clock that cannot be shifted was shifted")
	}
}
