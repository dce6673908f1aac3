package source

import (
	"context"
	"iter"

	"holdfast/internal/project"
)

// Source is one configured listing of an external service. It is safe for
// concurrent use: partitions of one job are listed at the same time.
type Source interface {
	// Plan says how the listing is partitioned and how many records it has, if
	// the service states that. It is called once for each job, before any List.
	Plan(ctx context.Context) (Plan, error)

	// List yields the pages of one partition that follow the cursor, in order.
	// The empty cursor is the partition's start. The last page of a partition
	// has Last set; a sequence that ends without it, or without an error, has
	// been cut short, and its job fails rather than call the listing complete.
	// An error ends the sequence and is an [*Error] where the source can tell
	// what went wrong. Breaking out of the loop releases what List holds.
	List(ctx context.Context, partition Partition, from Cursor) iter.Seq2[Page, error]

	// Normalize reads the columns of one record from its raw bytes. It is
	// called for records that are new or changed, or that are likely to be,
	// does no I/O, and gives the same answer for the same bytes. An error
	// quarantines a record that is new or changed.
	Normalize(raw []byte) (project.Project, error)

	// Version names how Normalize reads a record. It enters the content hash,
	// so that a changed mapping rewrites every row at the next sync.
	Version() string
}

// Plan is the answer of [Source.Plan].
type Plan struct {
	// Partitions has at least one element. Their listings together are the
	// whole listing; they should not overlap.
	Partitions []Partition
	// Total is the number of records in the whole listing as the service
	// states it, or nil. It is never estimated: a listing with another number
	// of records than this is incomplete.
	Total *int64
}

// Partition is a part of a listing that is fetched on its own.
type Partition struct {
	// Name tells a person which part this is, e.g. "ids 1-5000".
	Name string `json:"name"`
	// Spec is the source's own description of the part, JSON that only the
	// source reads. It is stored in the database: it must hold no secret.
	Spec []byte `json:"spec"`
}

// Cursor is a position in a partition, opaque to everyone but its source. It
// is stored in the database and must hold no secret. The empty string is the
// start.
type Cursor string

// Page is one response of the service.
type Page struct {
	Records []Record
	// Next is the position after this page.
	Next Cursor
	// Last says that nothing follows in this partition.
	Last bool
	// Total is the number of records in the whole partition as this very
	// response states it, or nil. A total that moves while a partition is
	// listed makes the listing incomplete.
	Total *int64
	// Validator is what a later listing may ask again with, whether this page is
	// still the same; empty for a page that has to be read. See [Conditional].
	Validator string
	// Unchanged says that the service confirmed what was known of this page: it
	// has the records that it had, which are not sent again. Next and Total are
	// those that were known.
	Unchanged bool
}

// Record is one element of a page.
type Record struct {
	// ID is the external id, or empty when it cannot be found.
	ID string
	// Raw are the element's bytes as the service sent them, one JSON object.
	Raw []byte
	// Err says why the record cannot be used. Such a record is quarantined
	// with its bytes, and the page goes on.
	Err error
}
