package source

import (
	"context"
	"iter"
)

// Conditional is a [Source] whose service tells at no cost that a page is still
// what it was: GitHub's 304 to If-None-Match spends nothing of the rate limit.
//
// Such an answer has no body. Whoever takes it for the page must know what the
// page said, and must end up with exactly what reading it would have given: the
// same rows seen, the same counts, the same checksum, the same cursor. So it is
// worth something only under these conditions, each of which is checked; where
// one does not hold, the page is read as any other.
//
//   - The validator belongs to the very request that would be sent. It holds a
//     digest of the address, and one request alone must have made the page.
//   - The page follows the same cursor. In a listing by numbers that has the
//     position, the page size and the ids of the records read last, so the same
//     part of the answer is new, and the same cursor follows.
//   - What was read is committed: it is kept by the transaction of the page's rows.
//     Whether the job around it came to an end does not matter.
//   - Every element of the page became a row, none was put aside or counted as a
//     duplicate. What such a page amounts to depends on more than its bytes.
//   - The reading rule ([Source.Version]) and the volatile fields are the same.
//   - The rows have the content that they had then, and no tombstone: otherwise
//     another job or a person has changed them since, and reading the page would
//     change them back. This is looked at before the question is asked, and again,
//     row by row, in the transaction that commits the page.
//   - The page is not the last one. An ETag is one of the body, and that more
//     follows may be in a header alone.
//
// The token is not among them: a service whose answer depends on the token has
// the ETag depend on it too, and sends the page.
type Conditional interface {
	Source

	// ListKnown lists like [Source.List]. Before it asks for a page it may ask
	// recall, once, what is known of the page that follows a cursor; what the
	// service then confirms comes as a page with Unchanged.
	ListKnown(ctx context.Context, partition Partition, from Cursor, recall Recall) iter.Seq2[Page, error]
}

// Recall returns what an earlier listing of the same partition kept of the page
// that follows a cursor; the zero Known is nothing.
type Recall func(ctx context.Context, from Cursor) Known

// Known is what was kept of a page that had a Validator.
type Known struct {
	// Validator is [Page.Validator] as it was.
	Validator string
	// Next and Total are as the page had them.
	Next  Cursor
	Total *int64
}

// NothingKnown is a [Recall] for listings that read every page.
func NothingKnown(context.Context, Cursor) Known { return Known{} }
