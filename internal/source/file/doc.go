// Package file lists the records of a file: CSV, NDJSON (one JSON object a
// line) or JSON (a list, or an object that holds one), plain or gzip.
//
//	sources:
//	  - name: repositories
//	    kind: file
//	    path: exports/repositories.csv.gz
//	    id: repository_url
//	    fields: {owner: organization_name, stars: stars_count}
//
// The file is streamed: one page, and one record of read-ahead, is all that a
// listing holds of it. It must not change while it is listed; writers replace it by
// renaming a complete file over it.
//
// # Where a listing goes on
//
// A cursor holds the byte offset after the last record of its page (of the
// decompressed text where the file is compressed), the line, and a fingerprint
// of the file: size, time of change and the hash of its first bytes. If the file
// has another fingerprint, the cursor has expired and the partition is listed
// from its start. Resuming a gzip file reads it once up to the offset, because
// gzip has no way to begin in the middle.
//
// # What a record is
//
// The payload of a CSV row is an object with the header's columns in their order;
// every value is a text exactly as it stood, an empty field an empty text. That
// includes CRLF inside quoted fields, which encoding/csv turns into LF: such rows
// are read a second time, see csv.go. Empty lines between rows are skipped. JSON
// records are kept byte for byte.
//
// A row with too few or too many fields, bytes that are not UTF-8, a NUL, an
// element that is no object, a missing id: the record is quarantined and the
// listing goes on. What makes the rest of the file doubtful ends it: a quote that
// swallows lines, a record beyond the size limit, a file that stops in the middle.
// An empty listing would mark rows absent, so a file without a single byte is an
// error; a header without rows, and an empty JSON list, are empty listings.
package file
