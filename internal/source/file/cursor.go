package file

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"holdfast/internal/source"
)

// position is a place in the text of a file.
type position struct {
	// offset counts the bytes before it, line starts at 1 and is 0 where it is
	// not known.
	offset, line int64
}

// String names the place for a person.
func (p position) String() string {
	if p.line > 0 {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("byte %d", p.offset)
}

// after returns the place behind some bytes.
func (p position) after(passed []byte) position {
	if p.line > 0 {
		p.line += int64(bytes.Count(passed, []byte("\n")))
	}
	p.offset += int64(len(passed))
	return p
}

// mark is what a cursor holds.
type mark struct {
	Offset int64  `json:"offset"`
	Line   int64  `json:"line"`
	File   string `json:"file"`
}

// cursor returns the cursor of a place in this very file.
func (in *input) cursor(at position) source.Cursor {
	text, err := json.Marshal(mark{Offset: at.offset, Line: at.line, File: in.fingerprint})
	if err != nil {
		panic(err) // numbers and a hex text always marshal
	}
	return source.Cursor(text)
}

// locate returns a partition and the place in it where listing begins.
func (in *input) locate(partition source.Partition, from source.Cursor) (span, position, error) {
	part, err := in.parseSpan(partition.Spec)
	if err != nil {
		return span{}, position{}, err
	}
	if from != "" {
		at, err := in.resume(from, part)
		return part, at, err
	}
	at := position{offset: part.From}
	if part.From == 0 {
		at.line = 1
	}
	return part, at, nil
}

// resume returns the place that a cursor names, if it is one of this file.
func (in *input) resume(from source.Cursor, part span) (position, error) {
	var m mark
	decoder := json.NewDecoder(bytes.NewReader([]byte(from)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil || m.Offset < part.From || m.Line < 0 {
		return position{}, errBadCursor
	}
	// The end of a decompressed text is not known beforehand.
	if m.File != in.fingerprint || !in.zipped && m.Offset > min(part.end(), in.info.Size()) {
		return position{}, errChanged
	}
	return position{offset: m.Offset, line: m.Line}, nil
}

// span is a partition: the bytes from one offset up to another. The whole file
// is the zero span.
type span struct {
	From int64 `json:"from,omitempty"`
	To   int64 `json:"to,omitempty"`
	// File is the fingerprint of the file that was cut, for other files begin
	// their lines elsewhere.
	File string `json:"file,omitempty"`
}

// end returns the offset after the last byte.
func (p span) end() int64 {
	if p.To == 0 {
		return 1<<63 - 1
	}
	return p.To
}

// parseSpan reads a partition's own description. It refuses a plan that was made
// before the source was changed, of whose kind it may not have been then.
func (in *input) parseSpan(spec []byte) (span, error) {
	var part *span
	decoder := json.NewDecoder(bytes.NewReader(spec))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&part)
	switch {
	case err != nil || part == nil || !json.Valid(spec):
		return span{}, source.PlanOutdated()
	case *part == span{}:
		return span{}, nil
	case part.File != "" && part.File != in.fingerprint:
		return span{}, errReplanned
	case part.File == "" || part.From < 0 || part.From >= part.To || part.To > in.info.Size() || !in.cut:
		return span{}, source.PlanOutdated()
	}
	return *part, nil
}

// split cuts the file into about equal spans that begin after a line break.
func (in *input) split(count int) ([]source.Partition, error) {
	size := in.info.Size()
	var parts []source.Partition
	from := int64(0)
	for i := 1; i <= count && from < size; i++ {
		to := size
		if i < count {
			var err error
			if to, err = in.lineFrom(size * int64(i) / int64(count)); err != nil {
				return nil, err
			}
		}
		if to <= from {
			continue // a line longer than a part
		}
		spec, err := json.Marshal(span{From: from, To: to, File: in.fingerprint})
		if err != nil {
			return nil, err
		}
		parts = append(parts, source.Partition{Name: fmt.Sprintf("bytes %d-%d", from, to), Spec: spec})
		from = to
	}
	return parts, nil
}

// lineFrom returns the offset of the first line that begins at an offset or
// after it, or the end of the file.
func (in *input) lineFrom(offset int64) (int64, error) {
	offset = max(0, offset-1)
	if _, err := in.file.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	text := bufio.NewReaderSize(in, readAhead)
	for {
		passed, err := text.ReadSlice('\n')
		offset += int64(len(passed))
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return offset, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return 0, err
		}
	}
}
