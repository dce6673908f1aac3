package takeover

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStandstills(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	for _, test := range []struct {
		name string
		seen []sighting
		want []time.Duration
	}{
		{"never taken over", []sighting{{1, 0, true, at(0)}, {1, 0, true, at(1000)}, {1, 0, false, at(9000)}}, nil},
		{"from the last heartbeat to the next claim", []sighting{
			{1, 0, true, at(0)}, {1, 0, true, at(1000)}, {1, 1, false, at(1000)}, {1, 1, true, at(6500)}, {1, 1, true, at(7000)},
		}, []time.Duration{5500 * time.Millisecond}},
		{"taken over and claimed between two looks", []sighting{{1, 0, true, at(1000)}, {1, 1, true, at(6500)}},
			[]time.Duration{5500 * time.Millisecond}},
		{"passed on twice before anybody claimed", []sighting{
			{1, 0, true, at(1000)}, {1, 1, false, at(1000)}, {1, 2, false, at(1000)}, {1, 2, true, at(12000)},
		}, []time.Duration{11 * time.Second}},
		{"found when it had been taken over already", []sighting{{1, 3, true, at(1000)}, {1, 3, true, at(2000)}}, nil},
		{"each partition for itself", []sighting{{1, 0, true, at(0)}, {2, 0, true, at(100)}, {1, 1, false, at(0)}, {2, 0, true, at(300)}, {1, 1, true, at(5000)}},
			[]time.Duration{5 * time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tr := tracker{}
			for _, s := range test.seen {
				tr.see(s)
			}
			var got []time.Duration
			for _, stood := range tr.standstills() {
				got = append(got, stood.For)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
