package jobs

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/tidwall/gjson"
)

// hashSize is how much of SHA-256 is kept: with 128 bits two versions of one
// row never meet by accident.
const hashSize = 16

// contentHash says whether a record has changed: over the reading rule's
// version and the bytes as the service sent them, never over what Postgres
// gives back, because jsonb reorders keys. Volatile fields, top-level keys
// that the configuration names, are left out.
func contentHash(version string, raw []byte, volatile []string) []byte {
	h := sha256.New()
	h.Write([]byte(version))
	h.Write([]byte{0})
	if len(volatile) == 0 {
		h.Write(raw)
	} else {
		gjson.ParseBytes(raw).ForEach(func(key, value gjson.Result) bool {
			if !slices.Contains(volatile, key.Str) {
				h.Write([]byte(key.Raw))
				h.Write([]byte(value.Raw))
			}
			return true
		})
	}
	return h.Sum(nil)[:hashSize]
}

// checksum is a hash's part in the sums that a receipt compares.
func checksum(hash []byte) int64 {
	if len(hash) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(hash)) //nolint:gosec // the same bits
}
