package file

import (
	"errors"
	"testing"
	"testing/fstest"

	"holdfast/internal/source"
)

// stored is an input of 100 bytes with the fingerprint "f", of which nothing is
// read.
func stored(tb testing.TB, zipped bool) *input {
	tb.Helper()
	info, err := fstest.MapFS{"a": {Data: make([]byte, 100)}}.Stat("a")
	if err != nil {
		tb.Fatal(err)
	}
	return &input{info: info, fingerprint: "f", zipped: zipped, cut: !zipped}
}

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		``, `null`, `{`, `[]`, `{"from":"1"}`, `{"from":-1,"to":9,"file":"f"}`, `{"from":9,"to":9,"file":"f"}`, `{"from":9,"to":-1,"file":"f"}`,
		`{"from":5}`, `{"to":5}`, `{"from":5,"to":101,"file":"f"}`, `{"file":"f"}`, `{"path":"/api/v4/projects","after":4}`, `{} {}`, `{}]`,
	} {
		_, _, err := stored(t, false).locate(source.Partition{Spec: []byte(spec)}, "")
		if got := source.KindOf((&fileSource{}).failure(err)); got != source.Configuration {
			t.Errorf("%s: got %v (%s), want a configuration error", spec, err, got)
		}
	}
	spec := []byte(`{"from":5,"to":90,"file":"f"}`)
	if _, _, err := stored(t, true).locate(source.Partition{Spec: spec}, ""); err == nil {
		t.Error("a part is found in a file that is not read in parts")
	}
}

// FuzzLocate reads descriptions of partitions and cursors: a place lies in its
// part, which lies in the file, and has a cursor that leads back to it.
func FuzzLocate(f *testing.F) {
	f.Add([]byte(`{}`), `{"offset":50,"line":3,"file":"f"}`, false)
	f.Add([]byte(`{"from":5,"to":90,"file":"f"}`), `{"offset":90,"line":0,"file":"f"}`, false)
	f.Add([]byte(`{"from":5,"to":90,"file":"f"}`), `{"offset":4,"line":0,"file":"f"}`, false)
	f.Add([]byte(`{}`), `{"offset":9223372036854775807,"line":1,"file":"f"}`, true)
	f.Add([]byte(`{"from":-5,"to":-9}`), "", false)
	f.Add([]byte(`{"file":"g"}`), "", false)
	f.Fuzz(func(t *testing.T, spec []byte, cursor string, zipped bool) {
		in := stored(t, zipped)
		partition := source.Partition{Spec: spec}
		part, at, err := in.locate(partition, source.Cursor(cursor))
		if err != nil {
			e, ok := errors.AsType[*source.Error]((&fileSource{}).failure(err))
			if !ok || e.Kind != source.Configuration && e.Kind != source.Expired {
				t.Errorf("%s at %q: %v", spec, cursor, err)
			}
			return
		}
		switch size := in.info.Size(); {
		case part.From < 0 || part.To != 0 && (part.From >= part.To || part.To > size || zipped),
			part.To == 0 && part.From != 0,
			at.offset < part.From || at.offset > part.end() || !zipped && at.offset > size || at.line < 0:
			t.Errorf("%s at %q is %+v, of the part %+v", spec, cursor, at, part)
		}
		again, back, err := in.locate(partition, in.cursor(at))
		if err != nil || again != part || back != at {
			t.Errorf("%s at %q is %+v, whose cursor is read as %+v, %v", spec, cursor, at, back, err)
		}
	})
}
