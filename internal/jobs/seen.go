package jobs

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
)

// errSeenIDs is returned for bytes that packIDs did not write.
var errSeenIDs = errors.New("seen_ids of a page cannot be read")

// packIDs writes row ids as varint-coded differences in ascending order. Rows
// that were loaded together have neighbouring ids, so that a page of unchanged
// rows costs a byte or two an id, in place of a write to each row.
func packIDs(ids []int64) []byte {
	slices.Sort(ids)
	packed := make([]byte, 0, len(ids)+binary.MaxVarintLen64)
	last := int64(0)
	for _, id := range ids {
		packed = binary.AppendUvarint(packed, uint64(id-last)) //nolint:gosec // ascending
		last = id
	}
	return packed
}

// unpackIDs adds the ids of a page to a set and returns those that it had
// already.
func unpackIDs(packed []byte, into *roaring64.Bitmap) ([]int64, error) {
	var again []int64
	id := uint64(0)
	for len(packed) > 0 {
		difference, n := binary.Uvarint(packed)
		if n <= 0 {
			return nil, errSeenIDs
		}
		packed = packed[n:]
		id += difference
		if !into.CheckedAdd(id) {
			again = append(again, int64(id)) //nolint:gosec // the same bits
		}
	}
	return again, nil
}
