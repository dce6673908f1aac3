package file

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// carriageReturn stands in for "\r" while a row is read a second time: the
// byte occurs nowhere in UTF-8.
const carriageReturn = 0xff

// csvRecords reads the rows of a CSV file.
//
// The grammar is encoding/csv's, with one correction. It turns CRLF inside a
// quoted field into LF, but values must arrive as they stood. Where the raw row
// has a CRLF before its end, the row, by then known to be well-formed, is read
// once more with a stand-in for each "\r".
type csvRecords struct {
	comma  rune
	window *window
	reader *csv.Reader
	// base is the offset at which reader began.
	base   int64
	header []string
	// keys are the header's names as JSON members, up to and with the colon.
	keys [][]byte
	ids  []int
}

// csvRecords opens the rows after a position. The header is read in any case.
func (s *fileSource) csvRecords(in *input, at position) (*csvRecords, error) {
	c := &csvRecords{comma: s.comma}
	start := position{line: 1}
	if err := c.open(in, &start, s.maxRecord); err != nil {
		return nil, err
	}
	if err := c.readHeader(s); err != nil {
		return nil, err
	}
	if at.offset == 0 {
		return c, nil
	}
	return c, c.open(in, &at, s.maxRecord)
}

func (c *csvRecords) open(in *input, at *position, maxRecord int) error {
	text, err := in.text(at)
	if err != nil {
		return err
	}
	c.window = &window{text: text, max: maxRecord, at: *at}
	c.reader, c.base = newReader(bufio.NewReaderSize(c.window, readAhead), c.comma), at.offset
	return nil
}

func newReader(text io.Reader, comma rune) *csv.Reader {
	reader := csv.NewReader(text)
	reader.Comma = comma
	// Rows of another length are records with an error, not the end.
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	return reader
}

func (c *csvRecords) position() position { return c.window.at }

// readHeader reads the names of the columns and finds those that are asked for.
func (c *csvRecords) readHeader(s *fileSource) error {
	row, err := c.reader.Read()
	switch {
	case errors.Is(err, io.EOF):
		return errEmpty
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return &headerError{reason: "has a quote where none may be; is the delimiter right?"}
	case err != nil:
		return err
	}
	c.header = slices.Clone(row)
	if _, err := c.window.cut(c.base + c.reader.InputOffset()); err != nil {
		return err
	}
	for i, name := range c.header {
		if problem := textProblem([]byte(name)); problem != nil {
			return &headerError{reason: "cannot be used: " + problem.Error()}
		}
		if slices.Contains(c.header[:i], name) {
			return &headerError{reason: fmt.Sprintf("names the column %q twice; rename one of them", name)}
		}
		c.keys = append(c.keys, append(gjson.AppendJSONString(nil, name), ':'))
	}
	return c.findColumns(s)
}

// findColumns checks that the header has all columns of the configuration.
func (c *csvRecords) findColumns(s *fileSource) error {
	names := slices.Clone(s.ids)
	for _, column := range columnNames() {
		if name, mapped := s.fields[column]; mapped {
			names = append(names, name)
		}
	}
	for i, name := range names {
		at := slices.Index(c.header, name)
		if at < 0 {
			return &headerError{reason: fmt.Sprintf("has no column %q; it has %s (delimiter %q)", name, nameList(c.header), c.comma)}
		}
		if i < len(s.ids) {
			c.ids = append(c.ids, at)
		}
	}
	return nil
}

// nameList names the columns of a header, but not a hundred of them.
func nameList(names []string) string {
	const most = 30
	if len(names) > most {
		return fmt.Sprintf("%q and %d more", names[:most], len(names)-most)
	}
	return fmt.Sprintf("%q", names)
}

// next reads a row.
func (c *csvRecords) next() (source.Record, error) {
	fields, err := c.reader.Read()
	if err == io.EOF { //nolint:errorlint // the reader returns it bare
		return source.Record{}, io.EOF
	}
	parseError, unreadable := errors.AsType[*csv.ParseError](err)
	if err != nil && !unreadable {
		return source.Record{}, err
	}
	at := c.window.at
	raw, err := c.window.cut(c.base + c.reader.InputOffset())
	if err != nil {
		return source.Record{}, err
	}
	row, before := trimBreaks(raw)
	at = at.after(before)
	if unreadable {
		return c.misquoted(row, at, parseError)
	}
	if len(fields) != len(c.header) {
		if c.window.atEnd() && !bytes.HasSuffix(raw, []byte("\n")) {
			return source.Record{}, &cutError{at: at}
		}
		reason := fmt.Errorf("%s has %d fields, the header has %d", at, len(fields), len(c.header))
		return source.Record{Raw: bytes.Clone(row), Err: reason}, nil
	}
	return c.record(row, fields, at)
}

// trimBreaks cuts off the empty lines before a row, which it returns as well,
// and the line break after it.
func trimBreaks(raw []byte) (row, before []byte) {
	row = raw
	for {
		rest, found := bytes.CutPrefix(row, []byte("\n"))
		if !found {
			rest, found = bytes.CutPrefix(row, []byte("\r\n"))
		}
		if !found {
			break
		}
		row = rest
	}
	before = raw[:len(raw)-len(row)]
	row = bytes.TrimSuffix(row, []byte("\n"))
	return bytes.TrimSuffix(row, []byte("\r")), before
}

// misquoted decides about a row with a quote where none may be. On a line of
// its own it is a bad record. One that went on over several lines has swallowed
// other rows or the rest of the file: what is one row can no longer be told.
func (c *csvRecords) misquoted(row []byte, at position, err *csv.ParseError) (source.Record, error) {
	if bytes.Contains(row, []byte("\n")) || c.window.atEnd() && errors.Is(err, csv.ErrQuote) {
		return source.Record{}, &quoteError{at: at, sample: bytes.Clone(row)}
	}
	reason := fmt.Errorf("%s, column %d: %w", at, err.Column, err.Err)
	return source.Record{Raw: bytes.Clone(row), Err: reason}, nil
}

func (c *csvRecords) record(row []byte, fields []string, at position) (source.Record, error) {
	record := source.Record{ID: c.id(fields)}
	if problem := textProblem(row); problem != nil {
		// The id is kept where it can be: the row was listed, if not readable.
		if textProblem([]byte(record.ID)) != nil {
			record.ID = ""
		}
		record.Raw, record.Err = bytes.Clone(row), fmt.Errorf("%s %w", at, problem)
		return record, nil
	}
	if bytes.Contains(row, []byte("\r\n")) {
		exact, err := c.reread(row)
		if err != nil {
			return source.Record{}, fmt.Errorf("read %s a second time: %w", at, err)
		}
		fields = exact
		record.ID = c.id(fields)
	}
	if record.ID == "" {
		record.Err = fmt.Errorf("%s has no id", at)
	}
	record.Raw = c.payload(fields, len(row))
	return record, nil
}

// reread reads a row with its carriage returns.
func (c *csvRecords) reread(row []byte) ([]string, error) {
	marked := bytes.ReplaceAll(row, []byte("\r"), []byte{carriageReturn})
	fields, err := newReader(bytes.NewReader(marked), c.comma).Read()
	for i, field := range fields {
		fields[i] = strings.ReplaceAll(field, string([]byte{carriageReturn}), "\r")
	}
	return fields, err
}

// id returns the external id, or "" where a part of it is missing.
func (c *csvRecords) id(fields []string) string {
	parts := make([]string, len(c.ids))
	for i, at := range c.ids {
		parts[i] = fields[at]
	}
	return joinID(parts)
}

// payload writes a row as a JSON object.
func (c *csvRecords) payload(fields []string, size int) []byte {
	raw := make([]byte, 0, size+size/4+16*len(fields))
	raw = append(raw, '{')
	for i, field := range fields {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(raw, c.keys[i]...)
		raw = gjson.AppendJSONString(raw, field)
	}
	return append(raw, '}')
}
