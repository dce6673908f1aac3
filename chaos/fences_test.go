package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a moment of a test.
func at(seconds int) time.Time { return time.Unix(1_700_000_000+int64(seconds), 0) }

// steady is a clock that never jumps.
func steady(stamp time.Time) []time.Time { return []time.Time{stamp} }

func TestPageAfterItsTakeoverIsFound(t *testing.T) {
	t.Parallel()
	takeovers := []takeoverCommit{{Job: "j", Partition: 1, At: at(10)}}
	rightly := []pageCommit{{1, 1, 1, at(8)}, {1, 2, 1, at(9)}, {1, 3, 3, at(12)}, {2, 1, 1, at(9)}, {2, 2, 1, at(12)}}
	if f := compareFences(rightly, takeovers, steady); len(f.late) > 0 || f.pairs != 3 || f.unclear != 0 {
		t.Errorf("found %+v, want nothing among 3 pairs", f)
	}
	late := slices.Concat(rightly[:2], []pageCommit{{1, 3, 1, at(11)}})
	f := compareFences(late, takeovers, steady)
	if len(f.late) != 1 || !strings.Contains(f.late[0], "page 3 came under epoch 1, of which page 1 was, 1s after") {
		t.Errorf("found %q, want page 3", f.late)
	}
}

func TestOrderThatNobodyCanTellIsNoViolation(t *testing.T) {
	t.Parallel()
	// The clock was set back by five seconds at 10: it showed 5 to 10 twice.
	twice := func(stamp time.Time) []time.Time {
		switch later := stamp.Add(5 * time.Second); {
		case stamp.Before(at(5)):
			return []time.Time{stamp}
		case stamp.After(at(10)):
			return []time.Time{later}
		default:
			return []time.Time{stamp, later}
		}
	}
	takeovers := []takeoverCommit{{Job: "j", Partition: 1, At: at(7)}}
	pages := []pageCommit{{1, 1, 1, at(4)}, {1, 2, 1, at(8)}}
	if f := compareFences(pages, takeovers, twice); len(f.late) > 0 || f.unclear != 1 {
		t.Errorf("found %+v, want one pair that is unclear", f)
	}
	// What came after the time that was shown twice is certain.
	f := compareFences(append(pages, pageCommit{1, 3, 1, at(11)}), takeovers, twice)
	if len(f.late) != 1 || !strings.Contains(f.late[0], "page 3") {
		t.Errorf("found %+v, want page 3", f)
	}
}
