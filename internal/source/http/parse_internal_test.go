package httpapi

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"holdfast/internal/source"
)

func TestPlainPath(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		".":                      "",
		"id":                     "id",
		".id":                    "id",
		"data.items":             "data.items",
		".data.items_2":          "data.items_2",
		"foo-bar.baz":            "foo-bar.baz",
		`."@odata.nextLink"`:     `\@odata\.nextLink`,
		`"a b".c`:                `a b.c`,
		`.a."b\u002ec"`:          `a.b\.c`,
		"null":                   "null",
		".a.b-c":                 "jq", // a minus there
		".a[0]":                  "jq",
		".a // .b":               "jq",
		`."\(.a)"`:               "jq",
		`.a.""`:                  "jq",
		"":                       "jq",
		"..":                     "jq",
		".a.":                    "jq",
		" .a":                    "jq",
		"a.0":                    "jq",
		`."a`:                    "jq",
		`.a"b"`:                  "jq",
		"@base64":                "jq",
		".data.items | map(.id)": "jq",
	} {
		path, ok := plainPath(text)
		if !ok {
			path = "jq"
		}
		if path != want {
			t.Errorf("%s: got %q, want %q", text, path, want)
		}
	}
}

// FuzzExpression looks for texts on which compiling or reading panics, and for
// paths that gjson and jq understand differently.
func FuzzExpression(f *testing.F) {
	body := `{"a":{"b":[1,{"c":null}],"x y":"z","0":7},"id":9007199254740993,"@odata.nextLink":"n","b-c":true}`
	for _, text := range []string{".", "id", ".a.b", `."@odata.nextLink"`, ".a[0]", ".id - 1", "a.b.c", `.a."x y"`, "b-c", `.a."0"`, "[", ".a|error", "input", "$ENV", "halt"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := compile(text)
		if err != nil {
			return
		}
		ctx, cancel := limited(t.Context())
		defer cancel()
		got, err := e.read(ctx, newDocument([]byte(body)))
		if !e.isPath() {
			if err == nil && got.Exists() && !gjson.Valid(got.Raw) {
				t.Errorf("%q gives %q", text, got.Raw)
			}
			return
		}
		var want any
		if err := json.Unmarshal([]byte(body), &want); err != nil {
			t.Fatal(err)
		}
		if text != "." {
			for rest := strings.TrimPrefix(text, "."); rest != ""; rest = strings.TrimPrefix(rest, ".") {
				var name string
				name, rest, _ = cutName(rest, strings.HasPrefix(text, "."))
				object, _ := want.(map[string]any)
				want = object[name]
			}
		}
		if diff := cmp.Diff(want, got.Value()); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	})
}

// FuzzID checks that an id is the text that was sent, on every way to it.
func FuzzID(f *testing.F) {
	for _, id := range []string{"1", "-5", "9007199254740993", "18446744073709551616", `"x"`, `"\u00e9\ud83d\ude00"`, `""`, "1.0", "1e3", "null", "[1]", `"a\u0000"`, "12345678901234567890123456789", "0", "-0"} {
		f.Add(id)
	}
	ways := map[string]*httpSource{}
	for _, text := range []string{"id", ".id", ".id | .", ".id // .other", "[.id][0]", `{a: .id} | .a`} {
		e, err := compile(text)
		if err != nil {
			f.Fatal(err)
		}
		ways[text] = &httpSource{id: e}
	}
	f.Fuzz(func(t *testing.T, id string) {
		raw := []byte(`{"id":` + id + `}`)
		if source.CheckJSON(raw) != nil || len(gjson.ParseBytes(raw).Map()) != 1 || strings.Count(id, `"id"`) > 0 {
			return // it breaks out of its member
		}
		want, err := ways["id"].identify(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		var text string
		switch decoded := gjson.Parse(id); {
		case want.Err != nil:
		case decoded.Type == gjson.Number:
			text = strings.TrimSpace(id)
		default:
			text = decoded.Str
		}
		if want.ID != text {
			t.Errorf("%s is read as %q", id, want.ID)
		}
		for way, s := range ways {
			got, err := s.identify(t.Context(), raw)
			if err != nil || string(got.Raw) != string(raw) {
				t.Fatalf("%s of %s: %v, raw %s", way, raw, err, got.Raw)
			}
			// jq knows no lone surrogates: such an id is another text there.
			if strings.ContainsRune(want.ID, '\ufffd') {
				continue
			}
			if got.ID != want.ID || (got.Err == nil) != (want.Err == nil) {
				t.Errorf("%s of %s is %q (%v), by path %q (%v)", way, raw, got.ID, got.Err, want.ID, want.Err)
			}
		}
	})
}

// FuzzResume looks for cursors that panic, or that are read as another one.
func FuzzResume(f *testing.F) {
	valid, err := position{Listing: "l", Ref: "/a?b=c", Token: json.RawMessage(`"t"`), Pages: 3, Seen: 7, Places: trail{Steps: 3, Last: "x", Mark: "y"}}.cursor()
	if err != nil {
		f.Fatal(err)
	}
	for _, cursor := range []string{"", string(valid), "{}", "null", `{"listing":"l","pages":1,"token":null}`, `{"listing":"l","pages":-1}`, `{"listing":"l","pages":1} x`} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		at, err := resume("l", source.Cursor(cursor))
		if err != nil {
			if source.KindOf(err) != source.Expired {
				t.Errorf("%q: %v", cursor, err)
			}
			return
		}
		if at.Listing != "l" || (cursor != "") != at.started() || at.Pages < 0 || at.Seen < 0 || at.Empty < 0 {
			t.Errorf("%q is read as %+v", cursor, at)
		}
		// Whatever was read makes a request.
		for _, p := range []pager{whole{}, linked{}, tokens{slot: slot{param: "c"}}, tokens{slot: slot{member: []string{"a", "b"}}}, numbered{slot: slot{param: "o"}}} {
			r := template{method: "POST", query: map[string][]string{}}.fresh()
			p.ask(at, &r)
			if _, err := (template{method: "POST"}).send(r); err != nil {
				t.Errorf("%q makes no request: %v", cursor, err)
			}
		}
		written, err := at.cursor()
		if err != nil {
			t.Fatal(err)
		}
		again, err := resume("l", written)
		if cursor == "" {
			return
		}
		if diff := cmp.Diff(at, again, cmp.Transformer("json", func(raw json.RawMessage) string { return gjson.ParseBytes(raw).Get("@ugly").Raw })); err != nil || diff != "" {
			t.Errorf("%q: %v (-first +again):\n%s", cursor, err, diff)
		}
	})
}

// TestTrail checks that a circle of any length is found soon after it closes,
// and that nothing else is taken for one.
func TestTrail(t *testing.T) {
	t.Parallel()
	for lead := range 20 {
		for circle := 1; circle < 40; circle++ {
			var on trail
			again, steps := false, 0
			for !again && steps < 1000 {
				place := steps
				if steps >= lead {
					place = lead + (steps-lead)%circle
				}
				on, again = on.step(strconv.Itoa(place))
				steps++
			}
			if limit := 3*(lead+circle) + 2; !again || steps > limit || steps <= lead+circle {
				t.Fatalf("a circle of %d after %d is found after %d steps (%v)", circle, lead, steps, again)
			}
		}
	}
	var on trail
	for i := range 10_000 {
		var again bool
		if on, again = on.step(strconv.Itoa(i)); again {
			t.Fatalf("place %d was never there before", i)
		}
	}
}

func TestWithMember(t *testing.T) {
	t.Parallel()
	body := map[string]any{"q": "x", "variables": map[string]any{"a": 1}}
	changed := withMember(withMember(body, []string{"variables", "after"}, "c"), []string{"new", "deep"}, 2)
	want := map[string]any{"q": "x", "variables": map[string]any{"a": 1, "after": "c"}, "new": map[string]any{"deep": 2}}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"q": "x", "variables": map[string]any{"a": 1}}, body); diff != "" {
		t.Errorf("the original has changed:\n%s", diff)
	}
}

// FuzzNormalize reads records through a mapping of paths and of jq: nothing
// panics, twice is the same, and what is read can be told from what is not.
func FuzzNormalize(f *testing.F) {
	s := &httpSource{}
	for column, text := range map[string]string{
		"id": "id", "name": "name", "full_path": `.path // ("x/" + .name)`, "description": ".d?", "archived": `.state == "archived"`,
		"topics": `[.tags[]?.name]`, "stars": "stars", "created_at": "created", "owner": ".owner | if type == \"object\" then .login else . end",
	} {
		e, err := compile(text)
		if err != nil {
			f.Fatal(err)
		}
		if column == "id" {
			s.id = e
			continue
		}
		s.fields = append(s.fields, field{column: column, value: e})
	}
	for _, seed := range []string{
		`{"id":1,"name":"a","path":"g/a","tags":[{"name":"t"},{"name":null}],"stars":5,"created":"2026-11-03T08:02:00Z"}`,
		`{"id":"x","name":null,"owner":{"login":"o"},"state":"archived"}`, `{"id":1,"name":1}`, `{"id":1,"tags":{"a":{"name":[]}}}`,
		`{"id":1,"stars":1e400}`, `{"id":9007199254740993,"name":"\ud800"}`, `[]`, `{}`, `{"id":1,"owner":[[[]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if source.CheckJSON(raw) != nil {
			return // such a record never gets here
		}
		once, err := s.Normalize(raw)
		twice, again := s.Normalize(raw)
		if diff := cmp.Diff(once, twice); diff != "" || (err == nil) != (again == nil) {
			t.Errorf("%q is read in two ways: %v, %v\n%s", raw, err, again, diff)
		}
		if err == nil && (once.ExternalID == "" || once.Name == "" || once.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, once)
		}
		if err != nil && once.ExternalID != "" {
			t.Errorf("%q: %v, and yet it is read as %+v", raw, err, once)
		}
	})
}
