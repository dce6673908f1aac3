package store

import (
	"github.com/jackc/pgx/v5"

	"holdfast/internal/store/db"
)

// Validated is what a page may be asked about again by. What was read with it is
// in the [PageEntry].
type Validated struct {
	// Spec is the part of the listing.
	Spec string
	// Validator is empty for a page that may not be asked about.
	Validator string
	// Reading names how the page was read, and from where.
	Reading []byte
}

// queueValidator keeps a page's validator, in the transaction of the page's rows:
// what is kept was committed, together with the rows it speaks of. Pages that were
// confirmed change nothing.
func (t *PageTx) queueValidator(batch *pgx.Batch, pageNo int64, entry *PageEntry) {
	v := entry.Validated
	switch {
	case v == nil:
	case entry.Last:
		batch.Queue(db.ForgetValidators, t.lease.Source, v.Spec, pageNo)
	case v.Validator != "":
		batch.Queue(db.KeepValidator, t.lease.Source, v.Spec, pageNo, v.Reading, v.Validator, entry.Next,
			entry.Total, entry.SeenIDs, entry.Checksum)
	}
}
