package source_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/source"
)

// TestRangesAreTheWholeListing cuts listings that lose elements between the
// total and each question: the ranges follow one another without a gap, whatever
// is gone by then.
func TestRangesAreTheWholeListing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(0, 2000).Draw(t, "total")
		perPage, most := rapid.IntRange(1, 100).Draw(t, "per page"), rapid.IntRange(1, 16).Draw(t, "partitions")
		ids := make([]int64, total)
		for i, next := 0, int64(0); i < total; i++ {
			next += int64(rapid.IntRange(1, 50).Draw(t, "gap"))
			ids[i] = next
		}
		asked := 0
		ranges, err := source.CutAtIDs(t.Context(), int64(total), perPage, most, func(_ context.Context, position int) (int64, error) {
			asked++
			gone := rapid.IntRange(0, len(ids)).Draw(t, "gone")
			if ids = ids[gone/2:]; position > len(ids) || position < 1 {
				return 0, nil
			}
			return ids[position-1], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(ranges) < 1 || len(ranges) > most || len(ranges) > 1 && total/len(ranges) < perPage || asked >= most {
			t.Fatalf("%d ranges of at most %d, for %d elements in pages of %d, asked %d times", len(ranges), most, total, perPage, asked)
		}
		end := int64(0)
		for i, r := range ranges {
			last := i == len(ranges)-1
			if !r.Valid() || r.After != end || (r.Until == 0) != last || r.Whole() != (len(ranges) == 1) {
				t.Fatalf("range %d of %v", i, ranges)
			}
			end = r.Until
		}
	})
}

func TestCutsOfAListing(t *testing.T) {
	t.Parallel()
	tens := func(_ context.Context, position int) (int64, error) { return int64(10 * position), nil }
	got, err := source.CutAtIDs(t.Context(), 100, 10, 3, tens)
	if err != nil {
		t.Fatal(err)
	}
	want := []source.IDRange{{Until: 330}, {After: 330, Until: 660, Position: 33}, {After: 660, Position: 66}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	names := []string{", ids 1-330", ", ids 331-660", ", ids 661 and up"}
	for i, r := range got {
		if r.Suffix() != names[i] {
			t.Errorf("range %d is named %q, want %q", i, r.Suffix(), names[i])
		}
	}
	if r := got[1]; r.Holds(330) || !r.Holds(331) || !r.Holds(659) || r.Holds(660) {
		t.Error("a cursor names the last id of what was read, of which more follows in the range")
	}
	refused := errors.New("refused")
	_, err = source.CutAtIDs(t.Context(), 100, 10, 3, func(context.Context, int) (int64, error) { return 0, refused })
	if !errors.Is(err, refused) {
		t.Errorf("error %v, want the service's", err)
	}
}

// FuzzIDRange reads ranges as they come back from the database: one that is
// valid has room for an id, holds what lies within its bounds and nothing else,
// and begins at a position that a cursor can name.
func FuzzIDRange(f *testing.F) {
	f.Add([]byte(`{"after":5,"until":9,"position":3}`), int64(6))
	f.Add([]byte(`{"after":9223372036854775807}`), int64(-1))
	f.Add([]byte(`{"position":9223372036854775807}`), int64(9))
	f.Fuzz(func(t *testing.T, stored []byte, last int64) {
		var r source.IDRange
		if json.Unmarshal(stored, &r) != nil || !r.Valid() {
			return
		}
		if r.After < 0 || r.After+1 <= r.After || r.Until != 0 && r.Until <= r.After || r.Whole() != (r.Suffix() == "") {
			t.Fatalf("%s is valid: %+v", stored, r)
		}
		if within := r.After < last && (r.Until == 0 || last < r.Until); r.Holds(last) != within {
			t.Errorf("%+v holds %d: %t", r, last, r.Holds(last))
		}
		first := source.OffsetCursor(r.Position+1, r.After+1)
		if position, _, err := source.ParseOffset(first); err != nil || position < 1 {
			t.Errorf("%+v begins at %q: %v", r, first, err)
		}
	})
}

// TestAbsurdTotals cuts where a service states more elements than there can be,
// or has the largest id there is.
func TestAbsurdTotals(t *testing.T) {
	t.Parallel()
	for _, id := range []int64{1, math.MaxInt64} {
		ranges, err := source.CutAtIDs(t.Context(), math.MaxInt64, 100, 16, func(_ context.Context, position int) (int64, error) {
			if position < 1 || position > math.MaxInt32 {
				t.Errorf("the element at position %d is asked for", position)
			}
			return id, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ranges {
			if !r.Valid() {
				t.Errorf("with id %d everywhere a range is %+v", id, r)
			}
		}
	}
}
