package source_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

func TestTextsThatStandInForOthers(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"path":"a/b","name":"B"}`:      "a/b as B: <nil>",
		`{"path":"a/b","name":""}`:       "a/b as a/b: <nil>",
		`{"path":"a/b","name":null}`:     "a/b as a/b: <nil>",
		`{"path":"a/b"}`:                 "a/b as a/b: <nil>",
		`{"path":"a/b","name":7}`:        "a/b as a/b: the record's name is a number, not a text",
		`{"path":"","name":"B"}`:         " as B: the record has no path",
		`{"path":null,"name":"B"}`:       " as B: the record has no path",
		`{"path":["a"],"name":"B"}`:      " as B: the record's path is a list, not a text",
		`[]`:                             " as : the record is a list, not an object",
		`{"path":"a/b","name":"\u0000"}`: "a/b as \x00: <nil>",
	} {
		f := source.ReadFields([]byte(raw))
		path := f.Required("path")
		if diff := cmp.Diff(want, fmt.Sprintf("%s as %s: %v", path, f.TextOr("name", path), f.Err())); diff != "" {
			t.Errorf("%s:\n%s", raw, diff)
		}
	}
}

func TestVisibility(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]*string{
		`{"public":true}`: new("public"), `{"public":false}`: new("private"), `{"public":null}`: nil, `{}`: nil, `{"public":1}`: nil,
	} {
		f := source.ReadFields([]byte(raw))
		if diff := cmp.Diff(want, f.Visibility("public")); diff != "" || (f.Err() != nil) != (raw == `{"public":1}`) {
			t.Errorf("%s: %v\n%s", raw, f.Err(), diff)
		}
	}
}
