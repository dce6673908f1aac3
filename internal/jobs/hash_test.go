package jobs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"unicode/utf8"
)

func TestVolatileFieldsAloneChangeNothing(t *testing.T) {
	t.Parallel()
	raw := func(stars int) []byte { return fmt.Appendf(nil, `{"id":1,"stars":%d,"name":"a"}`, stars) }
	volatile := []string{"stars"}
	if a, b := contentHash("v", raw(1), volatile), contentHash("v", raw(2), volatile); string(a) != string(b) {
		t.Error("a volatile field changes the hash")
	}
	if a, b := contentHash("v", raw(1), nil), contentHash("v", raw(2), nil); string(a) == string(b) {
		t.Error("a field that is not volatile does not change the hash")
	}
	if a, b := contentHash("v1", raw(1), volatile), contentHash("v2", raw(1), volatile); string(a) == string(b) {
		t.Error("another reading rule does not change the hash")
	}
}

// Whatever the bytes are: leaving a field out that they do not have changes
// nothing but the way, and what is left out has no part in the hash.
func FuzzContentHash(f *testing.F) {
	for _, seed := range []string{`{"id":1,"stars":2}`, `{"stars":2,"stars":3}`, `{"\u0073tars":2}`, `{}`, `[1]`, ``, `{"a`, "\xff"} {
		f.Add([]byte(seed), "stars")
	}
	f.Fuzz(func(t *testing.T, raw []byte, field string) {
		whole := contentHash("v", raw, nil)
		if len(whole) != hashSize || !bytes.Equal(whole, contentHash("v", bytes.Clone(raw), nil)) {
			t.Fatalf("%q has no one hash", raw)
		}
		without := contentHash("v", raw, []string{field})
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil || members == nil || !utf8.ValidString(field) {
			return
		}
		name, err := json.Marshal(field)
		if err != nil {
			t.Fatal(err)
		}
		longer := bytes.TrimRight(raw, " \t\r\n")
		longer = bytes.TrimRight(longer[:len(longer)-1], " \t\r\n")
		if len(members) > 0 {
			longer = append(bytes.Clone(longer), ',')
		}
		longer = append(append(append(bytes.Clone(longer), name...), `:"another value"`...), '}')
		if got := contentHash("v", longer, []string{field}); !bytes.Equal(got, without) {
			t.Errorf("%q and %q differ without %s", raw, longer, name)
		}
	})
}
