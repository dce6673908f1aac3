package source_test

import (
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/source"
)

// smallestWindow is the smallest page that kinds allow: with it a window can
// overlap and advance at every position up to a million.
const smallestWindow = 20

// checkWindow returns how much that is new a window shows.
func checkWindow(t rapid.TB, position, most int) int {
	t.Helper()
	page, size := source.Window(position, most)
	if start := (page - 1) * size; size > most || start >= position || page*size <= position {
		t.Fatalf("position %d, at most %d: page %d of %d shows %d to %d", position, most, page, size, start+1, page*size)
	}
	return page*size - position
}

// TestWindowOverlapsAndAdvances tries every position up to the limits of the
// services: 50,000 is GitLab's, a million is more than a Gitea has.
func TestWindowOverlapsAndAdvances(t *testing.T) {
	t.Parallel()
	for most := smallestWindow; most <= 100; most++ {
		for position := 1; position <= 50_000; position++ {
			checkWindow(t, position, most)
		}
	}
	for _, most := range []int{smallestWindow, 21, 23, 30, 50} {
		for position := 50_001; position <= 1_000_000; position++ {
			checkWindow(t, position, most)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		checkWindow(t, rapid.IntRange(1, 1_000_000).Draw(t, "position"), rapid.IntRange(smallestWindow, 1000).Draw(t, "most"))
	})
	if page, size := source.Window(0, 100); page != 1 || size != 100 {
		t.Errorf("the first page is %d of %d", page, size)
	}
}

// TestWindowIsWorthItsRequest holds the averages that the comment names.
func TestWindowIsWorthItsRequest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		most, positions int
		average         float64
	}{{100, 50_000, 88}, {50, 1_000_000, 41}} {
		gained := 0
		for position := 1; position <= tc.positions; position++ {
			gained += checkWindow(t, position, tc.most)
		}
		if average := float64(gained) / float64(tc.positions); average < tc.average {
			t.Errorf("a window of at most %d shows %.1f new elements on average", tc.most, average)
		}
	}
}
