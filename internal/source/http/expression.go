package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/itchyny/gojq"
	"github.com/tidwall/gjson"
)

// maxEvaluation ends programs that do not. It is for all expressions of a page
// together, or of a record's columns.
const maxEvaluation = 5 * time.Second

// errTooSlow is the cause of a context that ended after maxEvaluation.
var errTooSlow = errors.New("the jq expressions take longer than " + maxEvaluation.String())

// withoutClock is put before each program: the same record must read the same
// every time, or its row would change at each sync.
const withoutClock = `def now: error("now is not available here"); `

// expression reads one value out of JSON. It is a path, looked up in the bytes
// as they came, or a jq program. A compiled program is safe for concurrent use.
type expression struct {
	// path is what gjson takes; empty for the whole value.
	path string
	// program is nil for a path.
	program *gojq.Code
}

// compile reads an expression. Its error says what to write instead.
func compile(text string) (*expression, error) {
	if path, ok := plainPath(text); ok {
		return &expression{path: path}, nil
	}
	if _, err := gojq.Parse(text); err != nil {
		return nil, notAnExpression(text, err)
	}
	query, err := gojq.Parse(withoutClock + text)
	if err != nil {
		return nil, notAnExpression(text, errors.New("modules cannot be used"))
	}
	program, err := gojq.Compile(query)
	if err != nil {
		return nil, notAnExpression(text, err)
	}
	return &expression{program: program}, nil
}

func notAnExpression(text string, err error) error {
	place := ""
	if parse, ok := errors.AsType[*gojq.ParseError](err); ok {
		place = fmt.Sprintf(" at character %d", parse.Offset)
	}
	return fmt.Errorf("%q is neither a path nor a jq expression (%w%s): "+
		"write a path like data.items, or jq with a dot before each name, e.g. .archived | not", text, err, place)
}

// plainPath reads names joined by dots as a gjson path: "data.items",
// ".data.items", or with quotes `."@odata.nextLink"`. ok is false for what
// only jq can read.
//
// After a leading dot a dash is jq's minus; without one it is part of a name,
// because jq would take the name for a function of its own.
func plainPath(text string) (path string, ok bool) {
	rest, dotted := strings.CutPrefix(text, ".")
	if dotted && rest == "" {
		return "", true
	}
	steps := []string{}
	for {
		step, after, ok := cutName(rest, dotted)
		if !ok {
			return "", false
		}
		steps = append(steps, gjson.Escape(step))
		if after == "" {
			return strings.Join(steps, "."), true
		}
		if rest, ok = strings.CutPrefix(after, "."); !ok {
			return "", false
		}
	}
}

// cutName takes one name off the beginning of a path.
func cutName(text string, dotted bool) (name, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		// A text with jq's \( ) in it is no JSON, and so no plain name.
		decoder := json.NewDecoder(strings.NewReader(text))
		if decoder.Decode(&name) != nil || name == "" {
			return "", "", false
		}
		return name, text[decoder.InputOffset():], true
	}
	end := 0
	for end < len(text) && isNameByte(text[end], end == 0, dotted) {
		end++
	}
	return text[:end], text[end:], end > 0
}

func isNameByte(c byte, first, dotted bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		return true
	case '0' <= c && c <= '9':
		return !first
	}
	return c == '-' && !first && !dotted
}

// isPath reports whether values keep the bytes with which they came.
func (e *expression) isPath() bool { return e.program == nil }

// read returns the value in a document; what is not there does not exist, and
// is null as well.
func (e *expression) read(ctx context.Context, doc *document) (gjson.Result, error) {
	if e.isPath() {
		if e.path == "" {
			return gjson.ParseBytes(doc.body), nil
		}
		return gjson.GetBytes(doc.body, e.path), nil
	}
	input, err := doc.decode()
	if err != nil {
		return gjson.Result{}, err
	}
	values := e.program.RunWithContext(ctx, input)
	value, some := values.Next()
	if !some {
		return gjson.Result{}, nil
	}
	if err, failed := value.(error); failed {
		return gjson.Result{}, fmt.Errorf("the jq expression fails: %w", err)
	}
	if _, more := values.Next(); more {
		return gjson.Result{}, errors.New("the jq expression gives more than one value: write [ ] around it for a list, or first( ) for one")
	}
	encoded, err := gojq.Marshal(value)
	if err != nil {
		return gjson.Result{}, fmt.Errorf("the jq expression gives what is no JSON: %w", err)
	}
	return gjson.ParseBytes(encoded), nil
}

// document is JSON that is decoded once, and only if a program asks for it.
type document struct {
	body    []byte
	decoded bool
	value   any
	err     error
}

func newDocument(body []byte) *document {
	return &document{body: bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))}
}

// decode keeps numbers as they are written, which gojq understands.
func (d *document) decode() (any, error) {
	if !utf8.Valid(d.body) {
		// It would be replaced without a word.
		return nil, errors.New("not all of it is UTF-8, as jq takes it")
	}
	if !d.decoded {
		decoder := json.NewDecoder(bytes.NewReader(d.body))
		decoder.UseNumber()
		d.decoded, d.err = true, decoder.Decode(&d.value)
	}
	return d.value, d.err
}

// limited returns a context that ends with errTooSlow after maxEvaluation.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, maxEvaluation, errTooSlow)
}
