package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"holdfast/internal/source"
)

// jsonRecords reads the elements of a list in a JSON document, one at a time.
//
// A decoder cannot begin in the middle of a document. To go on from a cursor it
// is given what leads to the list and an empty text as its first element, e.g.
// {"data":["", and then the text after the cursor, which begins with a comma or
// the list's end: the same code reads either, and the end of the document is
// checked in both cases.
type jsonRecords struct {
	source  *fileSource
	window  *window
	decoder *json.Decoder
	// base is the offset of the decoder's first byte in the text.
	base int64
	done bool
}

func (s *fileSource) jsonRecords(in *input, at position) (*jsonRecords, error) {
	resumed := at.offset > 0
	text, err := in.text(&at)
	if err != nil {
		return nil, err
	}
	prefix := ""
	if resumed {
		prefix = s.prefix()
	}
	j := &jsonRecords{source: s, window: &window{text: text, max: s.maxRecord, at: at}, base: at.offset - int64(len(prefix))}
	stream := io.MultiReader(strings.NewReader(prefix), j.window)
	j.decoder = json.NewDecoder(stream)
	// Numbers beside the list may be larger than any float64.
	j.decoder.UseNumber()
	if err := j.enter(); err != nil {
		return nil, j.explain(err)
	}
	if resumed {
		if _, err := j.decoder.Token(); err != nil {
			return nil, j.explain(err)
		}
	}
	return j, nil
}

// prefix returns what stands for the text before a cursor.
func (s *fileSource) prefix() string {
	var prefix strings.Builder
	for _, item := range s.items {
		key, err := json.Marshal(item)
		if err != nil {
			panic(err) // a text always marshals
		}
		fmt.Fprintf(&prefix, "{%s:", key)
	}
	return prefix.String() + `[""`
}

// enter walks to the list.
func (j *jsonRecords) enter() error {
	for depth, item := range j.source.items {
		opening, err := j.decoder.Token()
		if err != nil {
			return err
		}
		if opening != json.Delim('{') {
			return &structureError{reason: fmt.Sprintf("items: %q cannot be looked up in %s", item, j.source.pathTo(depth))}
		}
		if err := j.find(item); err != nil {
			return err
		}
	}
	opening, err := j.decoder.Token()
	switch {
	case err != nil:
		return err
	case opening == json.Delim('['):
		return nil
	case opening == json.Delim('{'):
		return &structureError{reason: j.source.pathTo(len(j.source.items)) + " is an object, not a list; " +
			"name the member that holds the list with items, or write format: ndjson if each line is an object"}
	}
	return &structureError{reason: j.source.pathTo(len(j.source.items)) + " is not a list"}
}

// pathTo names a place in the document.
func (s *fileSource) pathTo(depth int) string {
	if depth == 0 {
		return "the document"
	}
	return fmt.Sprintf("%q", strings.Join(s.items[:depth], "."))
}

// find reads on to the value of a member.
func (j *jsonRecords) find(name string) error {
	for j.decoder.More() {
		key, err := j.decoder.Token()
		if err != nil {
			return err
		}
		if key == name {
			return nil
		}
		if err := j.skipValue(); err != nil {
			return err
		}
	}
	if _, err := j.decoder.Token(); err != nil {
		return err
	}
	return &structureError{reason: fmt.Sprintf("there is no member %q as items says", name)}
}

// skipValue passes a value token by token, so that it is not held in memory.
func (j *jsonRecords) skipValue() error {
	depth := 0
	for {
		token, err := j.decoder.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if err := j.passed(); err != nil {
			return err
		}
		if depth == 0 {
			return nil
		}
	}
}

// passed tells the window what the decoder has read.
func (j *jsonRecords) passed() error {
	if offset := j.base + j.decoder.InputOffset(); offset > j.window.at.offset {
		_, err := j.window.cut(offset)
		return err
	}
	return nil
}

func (j *jsonRecords) position() position { return j.window.at }

// next reads an element.
func (j *jsonRecords) next() (source.Record, error) {
	if j.done {
		return source.Record{}, io.EOF
	}
	if !j.decoder.More() {
		if err := j.finish(); err != nil {
			return source.Record{}, j.explain(err)
		}
		j.done = true
		return source.Record{}, io.EOF
	}
	var raw json.RawMessage
	if err := j.decoder.Decode(&raw); err != nil {
		return source.Record{}, j.explain(err)
	}
	start := j.base + j.decoder.InputOffset() - int64(len(raw))
	at := j.window.at.after(j.window.upTo(start))
	if err := j.passed(); err != nil {
		return source.Record{}, err
	}
	return j.source.jsonRecord(raw, at), nil
}

// finish reads what follows the list to the end of the document: a file that
// was cut behind the list is cut all the same.
func (j *jsonRecords) finish() error {
	if _, err := j.decoder.Token(); err != nil {
		return err
	}
	for range j.source.items {
		for j.decoder.More() {
			if err := j.skipMember(); err != nil {
				return err
			}
		}
		if _, err := j.decoder.Token(); err != nil {
			return err
		}
	}
	_, err := j.decoder.Token()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	return &structureError{reason: "more follows after the end of the document; write format: ndjson if each line is an object"}
}

func (j *jsonRecords) skipMember() error {
	if _, err := j.decoder.Token(); err != nil {
		return err
	}
	return j.skipValue()
}

// explain adds the place to the decoder's errors, and tells a document that
// ends too soon from one that is wrong.
func (j *jsonRecords) explain(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return &syntaxError{at: position{offset: j.base + syntax.Offset}, err: err, sample: j.window.kept[j.window.start:]}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		if j.window.at.offset <= 3 && len(bytes.TrimSpace(j.window.kept)) == 0 {
			return errEmpty
		}
		return &cutError{at: j.window.at}
	}
	return err
}
