package source_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"holdfast/internal/source"
)

// FuzzFields reads the members of a record in every way, and compares what is
// read with what the standard library reads.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{
		`{"a":"text"}`, `{"a":9223372036854775807}`, `{"a":9223372036854775808}`, `{"a":1e3}`, `{"a":-0}`, `{"a":true}`, `{"a":null}`,
		`{"a":["x",null,1]}`, `{"a":["x","y"],"a":["z"]}`, `{"a":"2026-11-03T08:02:00+01:00"}`, `{"a":"2026-11-03 08:02:00 UTC"}`,
		`{"a":{"b":"nested"}}`, `{"\u0061":"escaped"}`, `{"a":"\ud83d\ude00"}`, `[]`, `"a"`, ``, `{"a":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if source.CheckJSON(raw) != nil {
			return // such a record never gets here
		}
		read := source.ReadFields(raw)
		// One of them may be refused; none may panic.
		_, _, _, _ = read.Time("a"), read.Visibility("a"), read.TextOr("a.b", "otherwise"), read.Required("a")
		var members map[string]any
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if decoder.Decode(&members) != nil || members == nil {
			if source.ReadFields(raw).Text("a") != nil {
				t.Errorf("%q has members", raw)
			}
			return
		}
		compare(t, raw, members["a"])
	})
}

// compare reads the member a as each type: it is read as what it is, or refused.
func compare(t *testing.T, raw []byte, want any) {
	t.Helper()
	texts, whole, truth, list := source.ReadFields(raw), source.ReadFields(raw), source.ReadFields(raw), source.ReadFields(raw)
	text, number, is, elements := texts.Text("a"), whole.Int("a"), truth.Bool("a"), list.Texts("a")
	if want == nil {
		if text != nil || number != nil || is != nil || elements != nil || texts.Err() != nil {
			t.Errorf("%q: what is null or missing is read as something", raw)
		}
		return
	}
	if s, isText := want.(string); (text != nil) != isText || isText && *text != s && !strings.ContainsRune(s, '\ufffd') {
		t.Errorf("%q: the text %#v is read as %v", raw, want, text)
	}
	if b, isBool := want.(bool); (is != nil) != isBool || isBool && *is != b {
		t.Errorf("%q: %#v is read as %v", raw, want, is)
	}
	n, isNumber := want.(json.Number)
	if exact, err := n.Int64(); number != nil && (!isNumber || err != nil || *number != exact) {
		t.Errorf("%q: the number %#v is read as %d", raw, want, *number)
	}
	if _, isList := want.([]any); elements != nil && !isList {
		t.Errorf("%q: %#v is read as the list %q", raw, want, elements)
	}
	for name, f := range map[string]*source.Fields{"text": texts, "number": whole, "truth": truth, "list": list} {
		read := map[string]bool{"text": text != nil, "number": number != nil, "truth": is != nil, "list": elements != nil}[name]
		if read == (f.Err() != nil) {
			t.Errorf("%q: %#v as a %s: read %t, %v", raw, want, name, read, f.Err())
		}
	}
}
