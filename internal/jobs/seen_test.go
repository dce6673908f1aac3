package jobs

import (
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"pgregory.net/rapid"
)

func TestSeenIDsSurvivePacking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.Int64Range(1, 1<<62), rapid.ID[int64]).Draw(t, "ids")
		known := rapid.SliceOfDistinct(rapid.SampledFrom(append(ids, 7)), rapid.ID[int64]).Draw(t, "known")
		set := roaring64.New()
		for _, id := range known {
			set.Add(uint64(id))
		}
		again, err := unpackIDs(packIDs(slices.Clone(ids)), set)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if !set.Contains(uint64(id)) {
				t.Fatalf("id %d got lost", id)
			}
			if slices.Contains(known, id) != slices.Contains(again, id) {
				t.Fatalf("id %d: known before = %v, reported = %v", id, slices.Contains(known, id), slices.Contains(again, id))
			}
		}
	})
}

func TestNeighbouringIDsTakeAByteEach(t *testing.T) {
	t.Parallel()
	ids := make([]int64, 100)
	for i := range ids {
		ids[i] = 1_000_000 + int64(i)
	}
	if n := len(packIDs(ids)); n > 103 {
		t.Errorf("100 neighbouring ids take %d bytes", n)
	}
}

func FuzzUnpackIDs(f *testing.F) {
	f.Add(packIDs([]int64{1, 2, 300}))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, packed []byte) {
		set := roaring64.New()
		if _, err := unpackIDs(packed, set); err == nil && len(packed) > 0 && set.IsEmpty() {
			t.Error("bytes without an error led to no id")
		}
	})
}
