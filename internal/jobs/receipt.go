package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"holdfast/internal/project"
	"holdfast/internal/store"
)

// reading is what a connection that took no part in the sync finds in the table.
type reading struct {
	// found and checksum are over the rows that the job saw.
	found, checksum int64
	// live is the number of the source's live rows, absent those of them that
	// the job did not see.
	live   int64
	absent []int64
	at     time.Time
}

// readBack reads all live rows of a source over a connection of its own. One
// pass serves both the receipt and the search for absent rows.
func (r *runner) readBack(ctx context.Context, source string, seen *roaring64.Bitmap) (reading, error) {
	conn, err := r.config.Receipts.Acquire(ctx)
	if err != nil {
		return reading{}, fmt.Errorf("connect to read the receipt: %w", err)
	}
	defer conn.Release()
	found := reading{at: time.Now().UTC()}
	err = store.EachLiveRow(ctx, conn.Conn(), source, func(id int64, hash []byte) {
		found.live++
		if !seen.Contains(uint64(id)) { //nolint:gosec // ids are positive
			found.absent = append(found.absent, id)
			return
		}
		found.found++
		found.checksum += checksum(hash)
	})
	if err != nil {
		return reading{}, fmt.Errorf("read the receipt: %w", err)
	}
	return found, nil
}

// receipt compares the tally with the reading.
//
// When partitions overlapped, the ledger has some rows' hashes more than once
// and its sum is no longer comparable; then the rows alone are compared.
func (o *outcome) receipt() project.Receipt {
	receipt := project.Receipt{
		RowsSeen: int64(o.tally.seen.GetCardinality()), RowsFound: o.reading.found, //nolint:gosec // never that many
		ChecksumRead: hexSum(o.reading.checksum), LiveRows: o.reading.live, ReadAt: o.reading.at,
	}
	receipt.Verified = receipt.RowsSeen == receipt.RowsFound
	if o.tally.overlap == 0 {
		receipt.ChecksumTallied = hexSum(o.tally.checksum)
		receipt.Verified = receipt.Verified && o.tally.checksum == o.reading.checksum
	}
	return receipt
}

func hexSum(sum int64) string { return fmt.Sprintf("%016x", uint64(sum)) } //nolint:gosec // the same bits

func encodeReceipt(receipt project.Receipt) ([]byte, error) {
	encoded, err := json.Marshal(receipt)
	if err != nil {
		return nil, fmt.Errorf("encode the receipt: %w", err)
	}
	return encoded, nil
}

// receiptMismatch is the failure of a job whose rows are not in the table.
func receiptMismatch(receipt project.Receipt) failure {
	return failure{
		kind: "receipt", code: "receipt_mismatch", retryable: true,
		message: fmt.Sprintf("the sync wrote or found %d rows but the table has %d of them, or with other content "+
			"(checksum %s, tallied %s): something outside Holdfast changed the table projects while it ran; sync again",
			receipt.RowsSeen, receipt.RowsFound, receipt.ChecksumRead, receipt.ChecksumTallied),
	}
}
