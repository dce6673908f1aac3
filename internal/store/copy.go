package store

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"holdfast/internal/failpoint"
)

// copyProjects receives what a [copyStream] sends, column by column.
const copyProjects = `copy projects (
	id, source, external_id, name, full_path, description, web_url, visibility, archived, default_branch, owner,
	topics, language, license, stars, forks, created_at, updated_at, last_activity_at, payload, content_hash
) from stdin (format binary)`

// copyColumns is how many columns a row has in the stream.
const copyColumns = 21

// copyStream is a page's new rows in the binary format of COPY, encoded as they
// are read. pgx's own CopyFrom would ask for the columns' types first, a round
// trip for each page; here they are known.
//
// The format is described at https://www.postgresql.org/docs/current/sql-copy.html,
// "Binary Format": a header, for each row the number of its fields and for each
// field its length and its bytes in the type's send format, and a trailer.
type copyStream struct {
	source string
	rows   []NewRow
	// pending is encoded and not read yet.
	pending []byte
	buffer  []byte
	ended   bool
}

func newCopyStream(source string, rows []NewRow) *copyStream {
	header := append([]byte("PGCOPY\n\xff\r\n\x00"), make([]byte, 8)...) // no flags, no extension
	return &copyStream{source: source, rows: rows, pending: header}
}

// Read fills p, so that each message to the server is as large as the
// connection's buffer.
func (s *copyStream) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(s.pending) == 0 && !s.next() {
			break
		}
		copied := copy(p[n:], s.pending)
		n += copied
		s.pending = s.pending[copied:]
	}
	if n == 0 && len(p) > 0 {
		failpoint.Hit("page.rows_sent")
		return 0, io.EOF
	}
	return n, nil
}

// next encodes the next row, or the trailer.
func (s *copyStream) next() bool {
	switch {
	case len(s.rows) > 0:
		s.buffer = s.row(s.buffer[:0], &s.rows[0])
		s.rows = s.rows[1:]
		s.pending = s.buffer
	case !s.ended:
		s.ended = true
		s.pending = []byte{0xff, 0xff}
	default:
		return false
	}
	return true
}

// row appends one row in the order of [copyProjects].
func (s *copyStream) row(b []byte, row *NewRow) []byte {
	p := &row.Project
	b = binary.BigEndian.AppendUint16(b, copyColumns)
	b = appendInt64(b, &row.ID)
	for _, value := range []*string{
		&s.source, &p.ExternalID, &p.Name, &p.FullPath, p.Description, p.WebURL, p.Visibility,
	} {
		b = appendText(b, value)
	}
	b = appendBool(b, p.Archived)
	b = appendText(b, p.DefaultBranch)
	b = appendText(b, p.Owner)
	b = appendTexts(b, p.Topics)
	b = appendText(b, p.Language)
	b = appendText(b, p.License)
	b = appendInt64(b, p.Stars)
	b = appendInt64(b, p.Forks)
	b = appendTime(b, p.CreatedAt)
	b = appendTime(b, p.UpdatedAt)
	b = appendTime(b, p.LastActivityAt)
	b = appendJSONB(b, row.Payload)
	return appendBytes(b, row.Hash)
}

// appendNull appends the length that means null.
func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

func appendLength(b []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(n)) //nolint:gosec // a value beyond 1 GiB is refused by the server
}

func appendText(b []byte, value *string) []byte {
	if value == nil {
		return appendNull(b)
	}
	return append(appendLength(b, len(*value)), *value...)
}

func appendBytes(b, value []byte) []byte { return append(appendLength(b, len(value)), value...) }

// appendJSONB appends a version number, 1, and the text.
func appendJSONB(b, value []byte) []byte {
	return append(append(appendLength(b, len(value)+1), 1), value...)
}

func appendBool(b []byte, value *bool) []byte {
	if value == nil {
		return appendNull(b)
	}
	b = appendLength(b, 1)
	if *value {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendInt64(b []byte, value *int64) []byte {
	if value == nil {
		return appendNull(b)
	}
	return binary.BigEndian.AppendUint64(appendLength(b, 8), uint64(*value)) //nolint:gosec // the same bits
}

// postgresEpoch is 2000-01-01, from which timestamptz counts microseconds, in
// Unix microseconds.
const postgresEpoch = 946_684_800_000_000

func appendTime(b []byte, value *time.Time) []byte {
	if value == nil {
		return appendNull(b)
	}
	micros := value.UnixMicro() - postgresEpoch
	return appendInt64(b, &micros)
}

// appendTexts appends an array of one dimension, or of none if it is empty.
func appendTexts(b []byte, values []string) []byte {
	if values == nil {
		return appendNull(b)
	}
	at := len(b)
	b = appendLength(b, 0)
	dimensions := min(len(values), 1)
	b = binary.BigEndian.AppendUint32(b, uint32(dimensions))
	b = binary.BigEndian.AppendUint32(b, 0) // no nulls in it
	b = binary.BigEndian.AppendUint32(b, pgtype.TextOID)
	if dimensions == 1 {
		b = appendLength(b, len(values))
		b = binary.BigEndian.AppendUint32(b, 1) // counted from 1
	}
	for i := range values {
		b = appendText(b, &values[i])
	}
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4)) //nolint:gosec // as above
	return b
}
