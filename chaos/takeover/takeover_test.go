package takeover

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(ms int) time.Time { return time.UnixMilli(int64(ms)) }

// seen is a partition at a look: its id, its takeovers and its heartbeat, and
// when that was, by our clock and by the server's.
type seen struct {
	id, takeovers int64
	beat          int
	now, server   int
}

// watched returns what a tracker measures of looks, in milliseconds.
func watched(looks []seen) (measured []int64, unclear int) {
	tr := tracker{seen: map[int64]*track{}}
	for _, s := range looks {
		tr.look(at(s.now), []sighting{{Now: at(s.server), ID: s.id, Takeovers: s.takeovers, HeartbeatAt: at(s.beat)}})
	}
	stood, unclear := tr.standstills()
	for _, s := range stood {
		measured = append(measured, s.For.Milliseconds())
	}
	return measured, unclear
}

func TestStandstills(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		seen []seen
		want []int64
	}{
		{"never taken over", []seen{{1, 0, 0, 0, 0}, {1, 0, 1000, 1000, 1000}, {1, 0, 9000, 9000, 9000}}, nil},
		{"from the last heartbeat to the next claim", []seen{
			{1, 0, 0, 0, 0}, {1, 0, 1000, 1000, 1000}, {1, 1, 1000, 6000, 6000}, {1, 1, 6500, 6600, 6600}, {1, 1, 7000, 7000, 7000},
		}, []int64{5500}},
		{"taken over and claimed between two looks", []seen{{1, 0, 1000, 1000, 1000}, {1, 1, 6500, 6500, 6500}}, []int64{5500}},
		{"passed on twice before anybody claimed", []seen{
			{1, 0, 1000, 1000, 1000}, {1, 1, 1000, 6000, 6000}, {1, 2, 1000, 11000, 11000}, {1, 2, 12000, 12000, 12000},
		}, []int64{11000}},
		{"found when it had been taken over already", []seen{{1, 3, 1000, 1000, 1000}, {1, 3, 2000, 2000, 2000}}, nil},
		{"each partition for itself", []seen{
			{1, 0, 0, 0, 0}, {2, 0, 100, 100, 100}, {1, 1, 0, 4000, 4000}, {2, 0, 300, 4000, 4000}, {1, 1, 5000, 5000, 5000},
		}, []int64{5000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, unclear := watched(test.seen)
			if diff := cmp.Diff(test.want, got); diff != "" || unclear != 0 {
				t.Errorf("%d unclear, (-want +got):\n%s", unclear, diff)
			}
		})
	}
}

func TestStandstillsUnderAClockThatJumps(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		seen    []seen
		want    []int64
		unclear int
	}{
		{"forward, while nobody worked", []seen{
			{1, 0, 1000, 1000, 1000}, {1, 0, 1000, 2000, 32000}, {1, 1, 1000, 2500, 32500}, {1, 1, 33000, 3050, 33050},
		}, []int64{2000}, 0},
		{"back, while nobody worked, and the heartbeat was moved", []seen{
			{1, 0, 31000, 31000, 31000}, {1, 0, 31000, 31500, 1500}, {1, 0, 1600, 31600, 1600},
			{1, 1, 1600, 36700, 6700}, {1, 1, 6800, 36800, 6800},
		}, nil, 1},
		{"long before", []seen{
			{1, 0, 31000, 31000, 31000}, {1, 0, 1500, 31500, 1500}, {1, 0, 2000, 32000, 2000},
			{1, 1, 2000, 37000, 7000}, {1, 1, 7500, 37500, 7500},
		}, []int64{5500}, 0},
		{"between the last two looks", []seen{{1, 0, 1000, 1000, 1000}, {1, 1, 40000, 6000, 40100}}, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, unclear := watched(test.seen)
			if diff := cmp.Diff(test.want, got); diff != "" || unclear != test.unclear {
				t.Errorf("%d unclear, want %d; (-want +got):\n%s", unclear, test.unclear, diff)
			}
		})
	}
}
