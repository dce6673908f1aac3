package file

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"holdfast/internal/source"
)

// textProblem tells why a text cannot be stored, or returns nil.
func textProblem(text []byte) error {
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return errors.New("contains a NUL byte, which no text in Postgres can hold")
	case !utf8.Valid(text):
		return errors.New("is not valid UTF-8; save the file as UTF-8")
	}
	return nil
}

// joinID makes one id of its parts, or "" where one is missing. A "|" within a
// part is escaped, so that other parts never make the same id.
func joinID(parts []string) string {
	for i, part := range parts {
		if part == "" {
			return ""
		}
		if len(parts) > 1 {
			parts[i] = strings.NewReplacer(`\`, `\\`, "|", `\|`).Replace(part)
		}
	}
	return strings.Join(parts, "|")
}

// jsonRecord makes a record of a JSON element.
func (s *fileSource) jsonRecord(raw []byte, at position) source.Record {
	id, err := s.idOf(raw)
	if err == nil {
		err = jsonProblem(raw)
	}
	if err != nil {
		err = &recordError{at: at, err: err}
	}
	return source.Record{ID: id, Raw: raw, Err: err}
}

// idOf reads the external id of a payload.
func (s *fileSource) idOf(raw []byte) (string, error) {
	parts := make([]string, len(s.idPaths))
	for i, path := range s.idPaths {
		part := source.NewRecord(raw, path)
		if part.Err != nil {
			return "", part.Err
		}
		parts[i] = part.ID
	}
	return joinID(parts), nil
}

// jsonProblem finds a NUL that is written as an escape: valid JSON, but jsonb
// refuses it.
func jsonProblem(raw []byte) error {
	for rest := raw; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			return nil
		}
		// After an even number of backslashes this one begins an escape.
		before := rest[:i]
		if (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 0 {
			return errors.New(`contains a NUL (\u0000), which no text in Postgres can hold`)
		}
		rest = rest[i+1:]
	}
}

// recordError is what is wrong with one record, and where it stands.
type recordError struct {
	at  position
	err error
}

// Error names the place and the problem.
func (e *recordError) Error() string { return e.at.String() + ": " + e.err.Error() }

// Unwrap returns the problem.
func (e *recordError) Unwrap() error { return e.err }
