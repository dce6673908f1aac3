package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/chaos/schedule"
)

func TestSameSeedSameSchedule(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{10 * time.Second, time.Minute, 30 * time.Minute} {
		first, again := schedule.Draw(42, length), schedule.Draw(42, length)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("%s: the same seed drew another schedule (-first +again):\n%s", length, diff)
		}
		if cmp.Equal(first, schedule.Draw(43, length)) {
			t.Errorf("%s: another seed drew the same schedule", length)
		}
	}
}

func TestEveryKindComesUpInTime(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{10 * time.Second, time.Minute, 30 * time.Minute} {
		for seed := range uint64(50) {
			strikes := schedule.Draw(seed, length)
			count := map[schedule.Kind]int{}
			for _, s := range strikes {
				count[s.Kind]++
			}
			for _, kind := range schedule.Kinds() {
				if count[kind] == 0 {
					t.Errorf("seed %d, %s: %s never comes up", seed, length, kind)
				}
			}
			if len(count) != len(schedule.Kinds()) {
				t.Errorf("seed %d, %s: %d kinds, want the %d that reports show", seed, length, len(count), len(schedule.Kinds()))
			}
			if !slices.IsSortedFunc(strikes, func(a, b schedule.Strike) int { return int(a.At - b.At) }) {
				t.Errorf("seed %d, %s: not in the order of time", seed, length)
			}
			if last := strikes[len(strikes)-1].At; last > length {
				t.Errorf("seed %d: the last strike comes at %s of %s", seed, last, length)
			}
		}
	}
}

func TestLongLocksOutlastTheTimeout(t *testing.T) {
	t.Parallel()
	const lockTimeout = 5 * time.Second
	for _, s := range schedule.Draw(7, time.Hour) {
		if s.Kind == schedule.LockProjects && s.Lasts >= lockTimeout || s.Kind == schedule.LockProjectsLong && s.Lasts <= lockTimeout {
			t.Errorf("%s lasts %s, the lock timeout is %s", s.Kind, s.Lasts, lockTimeout)
		}
	}
}

func TestWithoutLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	all := schedule.Draw(5, time.Minute)
	want := slices.DeleteFunc(schedule.Draw(5, time.Minute), func(s schedule.Strike) bool {
		return s.Kind == schedule.FillDisk || s.Kind == schedule.KillAPI
	})
	if len(want) == len(all) {
		t.Fatal("the schedule has none of the faults that are to be left out")
	}
	if diff := cmp.Diff(want, schedule.Without(all, schedule.FillDisk, schedule.KillAPI)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
