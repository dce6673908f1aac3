package sourcetest

import (
	"encoding/json"
	"errors"
	"testing"

	"holdfast/internal/source"
)

// Outdated fails the test for an error that does not say that the plan is one
// of another listing. A description of a partition lies in the database while
// the configuration and the program change: one that cannot be used is such a
// plan, which no retry mends and a new sync does.
func Outdated(t *testing.T, stored []byte, err error) {
	t.Helper()
	if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Configuration || e.Code != "plan_outdated" {
		t.Errorf("the description %q: got %v, want that the plan is outdated", stored, err)
	}
}

// ReadSpec reads the description of a partition as the database may give it
// back, and reports whether it is one. Else it must be outdated; and written
// again it must be read as the same.
func ReadSpec[T comparable](t *testing.T, stored []byte, parse func(stored []byte) (T, error)) (T, bool) {
	t.Helper()
	spec, err := parse(stored)
	if err != nil {
		Outdated(t, stored, err)
		return spec, false
	}
	written, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(written)
	if err != nil || again != spec {
		t.Errorf("the description %q is read as %+v; written again as %s it is %+v, %v", stored, spec, written, again, err)
	}
	return spec, true
}

// ReadCursor reads a cursor as the database may give it back, and reports
// whether it names a place. Else the listing must begin again; and a place has
// one cursor, unless it is the start.
func ReadCursor[T any](
	t *testing.T, cursor source.Cursor, parse func(cursor source.Cursor) (T, error), write func(place T) source.Cursor,
) (T, bool) {
	t.Helper()
	place, err := parse(cursor)
	if err != nil {
		if source.KindOf(err) != source.Expired {
			t.Errorf("the cursor %q: got %v, want that the listing begins again", cursor, err)
		}
		return place, false
	}
	if cursor != "" && write(place) != cursor {
		t.Errorf("the cursor %q is read as %+v, which is written as %q", cursor, place, write(place))
	}
	return place, true
}
