package source_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

func TestSplitArray(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body, path string
		want       []string
		problem    string
	}{
		"bytes stay":     {body: "\ufeff [ {\"b\" : 1.0,\n\"a\":\"\\u00e9\"} ,null, 9007199254740993]\n", want: []string{"{\"b\" : 1.0,\n\"a\":\"\\u00e9\"}", "null", "9007199254740993"}},
		"empty":          {body: "[]", want: []string{}},
		"member":         {body: `{"ok":true,"data":[{"id":1},{"id":2}]}`, path: "data", want: []string{`{"id":1}`, `{"id":2}`}},
		"nested member":  {body: `{"a":{"b":[[1]]}}`, path: "a.b", want: []string{"[1]"}},
		"null":           {body: "null", problem: "null where a list must be"},
		"null member":    {body: `{"data":null}`, path: "data", problem: "null where a list must be"},
		"missing member": {body: `{"values":[]}`, path: "data", problem: `no member "data"`},
		"object":         {body: `{"message":"x"}`, problem: "something else"},
		"cut short":      {body: `[{"id":1},`, problem: "not valid JSON"},
		"empty body":     {body: "", problem: "not valid JSON"},
		"too deep":       {body: strings.Repeat("[", 100_000), problem: "levels deep"},
		"brackets":       {body: `["` + strings.Repeat("[", 2000) + `\""]`, want: []string{`"` + strings.Repeat("[", 2000) + `\""`}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elements, err := source.SplitArray([]byte(tc.body), tc.path)
			if tc.problem != "" {
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Fatalf("got %v, want %q", err, tc.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, element := range elements {
				got = append(got, string(element))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNewRecord(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"id":9007199254740993}`:      "9007199254740993",
		`{"id":-7}`:                    "-7",
		`{"id":"{a-b}"}`:               "{a-b}",
		`{"x":{"id":1},"id":"\u00e9"}`: "é",
	} {
		if got := source.NewRecord([]byte(raw), "id"); got.Err != nil || got.ID != want || string(got.Raw) != raw {
			t.Errorf("%s: got %+v, want id %q", raw, got, want)
		}
	}
	for raw, problem := range map[string]string{
		`null`: "null", `[]`: "a list", `7`: "a number", `"x"`: "a text", `true`: "a boolean",
		`{}`: "no id", `{"id":null}`: "null", `{"id":""}`: "an empty text", `{"id":1.5}`: "a number",
		`{"id":1e3}`: "a number", `{"id":{}}`: "an object", `{"id":false}`: "a boolean", "{\"id\":1,\"a\":\"\xff\"}": "UTF-8",
	} {
		got := source.NewRecord([]byte(raw), "id")
		if got.Err == nil || !strings.Contains(got.Err.Error(), problem) || got.ID != "" || string(got.Raw) != raw {
			t.Errorf("%q: got %+v, want an error with %q", raw, got, problem)
		}
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	f := source.ReadFields([]byte(`{"text":"\u00e9","none":null,"n":-3,"big":9007199254740993,"yes":true,
		"at":"2021-01-01T02:00:00.5+0200","zone":"2015-03-03 18:37:05 UTC","day":"2021-02-03","empty":"",
		"list":["a",null,"b"],"empties":[],"in":{"ner":{"x":"y"}}}`))
	type read struct {
		Text, None, Missing, Inner   *string
		N, Big                       *int64
		Yes                          *bool
		At, Zone, Day, Empty, NoTime *time.Time
		List, Empties, NoList        []string
	}
	got := read{
		Text: f.Text("text"), None: f.Text("none"), Missing: f.Text("missing"), Inner: f.Text("in.ner.x"),
		N: f.Int("n"), Big: f.Int("big"), Yes: f.Bool("yes"),
		At: f.Time("at"), Zone: f.Time("zone"), Day: f.Time("day"), Empty: f.Time("empty"), NoTime: f.Time("none"),
		List: f.Texts("list"), Empties: f.Texts("empties"), NoList: f.Texts("none"),
	}
	want := read{
		Text: new("é"), Inner: new("y"), N: new(int64(-3)), Big: new(int64(9007199254740993)), Yes: new(true),
		At:   new(time.Date(2021, 1, 1, 0, 0, 0, 5e8, time.UTC)),
		Zone: new(time.Date(2015, 3, 3, 18, 37, 5, 0, time.UTC)),
		Day:  new(time.Date(2021, 2, 3, 0, 0, 0, 0, time.UTC)),
		List: []string{"a", "b"}, Empties: []string{},
	}
	if diff := cmp.Diff(want, got); diff != "" || f.Err() != nil {
		t.Errorf("%v\n%s", f.Err(), diff)
	}
}

func TestFieldsOfAnotherTypeAreErrors(t *testing.T) {
	t.Parallel()
	const raw = `{"text":"x","n":1.5,"huge":92233720368547758080,"at":"yesterday","absurd":"99999-01-01T00:00:00Z","list":[1]}`
	for name, read := range map[string]func(*source.Fields){
		"n":      func(f *source.Fields) { f.Text("n") },
		"text":   func(f *source.Fields) { f.Int("text"); f.Bool("n") },
		"huge":   func(f *source.Fields) { f.Int("huge") },
		"at":     func(f *source.Fields) { f.Time("at") },
		"absurd": func(f *source.Fields) { f.Time("absurd") },
		"list":   func(f *source.Fields) { f.Texts("list") },
	} {
		f := source.ReadFields([]byte(raw))
		if read(f); f.Err() == nil || !strings.Contains(f.Err().Error(), "record's "+name+" is") {
			t.Errorf("%s: got %v", name, f.Err())
		}
	}
	if err := source.ReadFields([]byte("null")).Err(); err == nil {
		t.Error("null was read as an object")
	}
}

func FuzzSplitArray(f *testing.F) {
	f.Add([]byte(`[{"id":1, "a":[1,2]},null,"x\"]",-1.5e3 ,true]`), "")
	f.Add([]byte(`{"data":[{"id":"1"}]}`), "data")
	f.Add([]byte("\ufeff [ ] "), "")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		elements, err := source.SplitArray(body, path)
		if err != nil {
			return
		}
		for _, element := range elements {
			source.NewRecord(element, "id")
			fields := source.ReadFields(element)
			fields.Time("created_at")
			fields.Texts("topics")
		}
		var want []json.RawMessage
		if path != "" || json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &want) != nil {
			return
		}
		if len(want) != len(elements) {
			t.Fatalf("%q: %d elements, encoding/json finds %d", body, len(elements), len(want))
		}
		for i := range want {
			if !bytes.Equal(want[i], elements[i]) {
				t.Errorf("element %d is %q, encoding/json has %q", i, elements[i], want[i])
			}
		}
	})
}
