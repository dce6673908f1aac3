package source_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// tailLength is how many ids the places of these tests keep.
const tailLength = 20

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	long := source.Cursor("at:5:" + strings.Repeat("1,", tailLength) + "1")
	for form, tc := range map[string]struct {
		parse   func(source.Cursor) error
		cursors []source.Cursor
	}{
		"keyset": {
			func(c source.Cursor) error { _, err := source.ParseKeyset(c); return err },
			[]source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:2", "at:1:20:2", "7"},
		},
		"offset": {
			func(c source.Cursor) error { _, _, err := source.ParseOffset(c); return err },
			[]source.Cursor{"at:", "at:1", "at:0:5", "at:5:0", "at:1:2:3", "at:01:2", "at:1:x", "at:99999999999:1", "id:5"},
		},
		"place": {
			func(c source.Cursor) error { _, err := source.ParsePlace(c, tailLength); return err },
			[]source.Cursor{
				"at:", "at:1", "at:1:", "at:0:5", "at:-1:5", "at:01:5", "at:5:0", "at:1:05", "at:1:5,", "at:1:2,x", "at:1:2:3",
				"at:99999999999:5", "id:5", long,
			},
		},
	} {
		for _, cursor := range tc.cursors {
			if err := tc.parse(cursor); source.KindOf(err) != source.Expired {
				t.Errorf("%s: %q: got %v", form, cursor, err)
			}
		}
		if err := tc.parse(""); err != nil {
			t.Errorf("%s: the beginning: %v", form, err)
		}
	}
}

func TestPlaceKeepsTheLastIDs(t *testing.T) {
	t.Parallel()
	record := func(raw string) source.Record { return source.NewNumbered([]byte(raw), "id").Record }
	records := []source.Record{}
	for id := range 30 {
		records = append(records, record(fmt.Sprintf(`{"id":%d}`, id+1)), record(`null`))
	}
	earlier := source.Place{Position: 60, Tail: source.Tail{}.Follow(records, tailLength)}
	before := earlier.Cursor()
	later := source.Place{Position: 62, Tail: earlier.Tail.Follow([]source.Record{record(`{"id":99}`)}, tailLength)}
	want := source.Cursor("at:62:12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,99")
	if diff := cmp.Diff(want, later.Cursor()); diff != "" {
		t.Error(diff)
	}
	// An earlier cursor is not changed by what is read later.
	if diff := cmp.Diff(before, earlier.Cursor()); diff != "" {
		t.Error(diff)
	}
	if back, err := source.ParsePlace(before, tailLength); err != nil || back.Cursor() != before {
		t.Errorf("%q is read as %+v, %v", before, back, err)
	}
	if n := earlier.Tail.UpTo(records); n != 59 {
		t.Errorf("%d records come up to the last one read, want 59: what has no id is in no tail", n)
	}
	if n := earlier.Tail.UpTo(records[:20]); n != 0 {
		t.Errorf("the tail is found among records that were read long before it, at %d", n)
	}
}

func FuzzCursors(f *testing.F) {
	for _, seed := range []string{
		"", "id:1", "id:9223372036854775807", "id:٣", "at:20:5", "at:20:5,6", "at:-1:x", "at:1:٣", "at:2147483647:9223372036854775807",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		if cursor == "" {
			return
		}
		if last, err := source.ParseKeyset(cursor); err == nil && source.KeysetCursor(last) != cursor {
			t.Errorf("%q is read as %d", cursor, last)
		}
		if position, last, err := source.ParseOffset(cursor); err == nil && source.OffsetCursor(position, last) != cursor {
			t.Errorf("%q is read as %d and %d", cursor, position, last)
		}
		if at, err := source.ParsePlace(cursor, tailLength); err == nil && at.Cursor() != cursor {
			t.Errorf("%q is read as %+v", cursor, at)
		}
	})
}
