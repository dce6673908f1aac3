package file

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

// ndjsonRecords reads one JSON object a line.
type ndjsonRecords struct {
	source *fileSource
	window *window
	buffer []byte
	// fresh tells that nothing was found since the beginning of the file.
	fresh bool
}

func (s *fileSource) ndjsonRecords(in *input, at position, part span) (*ndjsonRecords, error) {
	fresh := at.offset == 0
	text, err := in.text(&at)
	if err != nil {
		return nil, err
	}
	limited := io.LimitReader(text, part.end()-at.offset)
	return &ndjsonRecords{
		source: s, window: &window{text: limited, max: s.maxRecord, at: at}, buffer: make([]byte, readAhead), fresh: fresh,
	}, nil
}

func (n *ndjsonRecords) position() position { return n.window.at }

// next reads a line; empty ones are skipped.
func (n *ndjsonRecords) next() (source.Record, error) {
	for {
		at := n.window.at
		line, err := n.window.line(n.buffer)
		if err == io.EOF && n.fresh { //nolint:errorlint // the window returns it bare
			return source.Record{}, errEmpty
		}
		if err != nil {
			return source.Record{}, err
		}
		raw := bytes.TrimSpace(line)
		if len(raw) == 0 {
			continue
		}
		n.fresh = false
		ended := line[len(line)-1] == '\n'
		if validJSON(raw) {
			return n.source.jsonRecord(bytes.Clone(raw), at), nil
		}
		if !ended {
			return source.Record{}, &cutError{at: at}
		}
		bad := &recordError{at: at, err: errors.New("is not valid JSON")}
		return source.Record{Raw: bytes.Clone(raw), Err: bad}, nil
	}
}

// validJSON reports whether a text is valid JSON. gjson is three times as fast
// as encoding/json, but recurses: a line of brackets would end the process.
func validJSON(raw []byte) bool {
	const shallow = 1000
	if bytes.Count(raw, []byte("["))+bytes.Count(raw, []byte("{")) > shallow {
		return json.Valid(raw)
	}
	return gjson.ValidBytes(raw)
}
