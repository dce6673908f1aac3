package gitlab

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestRangesCoverEveryIDOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.Int64Range(1, math.MaxInt64/2)
		first := ids.Draw(t, "first")
		last := rapid.Int64Range(first, math.MaxInt64/2).Draw(t, "last")
		g := &gitlab{options: options{
			Partitions: rapid.IntRange(1, maxPartitions).Draw(t, "partitions"),
			PerPage:    rapid.IntRange(1, maxPerPage).Draw(t, "per_page"),
		}}
		parts := []spec{}
		for _, p := range g.ranges(first, last) {
			s, err := g.parseSpec(p.Spec)
			if err != nil {
				t.Fatalf("%s: %v", p.Spec, err)
			}
			parts = append(parts, s)
		}
		if len(parts) > g.options.Partitions || parts[0].After != 0 || parts[len(parts)-1].Before != 0 {
			t.Fatalf("%d partitions, the ends are %+v and %+v", len(parts), parts[0], parts[len(parts)-1])
		}
		for i := 1; i < len(parts); i++ {
			if parts[i].After != parts[i-1].Before-1 {
				t.Fatalf("between %+v and %+v ids are lost or doubled", parts[i-1], parts[i])
			}
		}
	})
}

func TestRangesOfAnEmptyInstance(t *testing.T) {
	t.Parallel()
	g := &gitlab{options: options{Partitions: 4, PerPage: 100}}
	if parts := g.ranges(0, 0); len(parts) != 1 || parts[0].Name != "ids 1 and up" {
		t.Errorf("got %+v", parts)
	}
}

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	g := &gitlab{options: options{Group: "acme"}}
	for _, stored := range []string{
		``, `null`, `{`, `{"path":"/api/v4/projects"}`,
		`{"path":"/api/v4/groups/acme/projects","after":-1}`, `{"path":"/api/v4/groups/acme/projects","after":5,"before":5}`,
		`{"path":"/api/v4/groups/acme/projects","position":-1}`, `{"path":"/api/v4/groups/acme/projects","position":2147483647}`,
		`{"path":"/api/v4/groups/acme/projects","after":9223372036854775807}`,
	} {
		if _, err := g.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:2", "7", "id:4", "id:90"} {
		if _, err := (spec{After: 5, Before: 90}).parseKeyset(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	for _, cursor := range []source.Cursor{"at:", "at:1", "at:0:5", "at:5:0", "at:1:2:3", "at:99999999999:1", "id:5"} {
		if _, _, err := source.ParseOffset(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

// FuzzStored reads descriptions of partitions, of an instance and of a group,
// and cursors in them: no request asks beyond the bounds, and what is read
// first has a cursor that is good.
func FuzzStored(f *testing.F) {
	f.Add([]byte(`{"path":"/api/v4/projects","after":4,"before":9}`), "id:8")
	f.Add([]byte(`{"path":"/api/v4/projects","after":4,"before":9}`), "id:9")
	f.Add([]byte(`{"path":"/api/v4/groups/acme%2Fx/projects","after":4,"before":9,"position":20}`), "at:22:6")
	f.Add([]byte(`{"path":"/api/v4/groups/acme%2Fx/projects","position":9223372036854775807}`), "at:-1:x")
	f.Add([]byte(`{"path":"/api/v4/projects","after":9223372036854775807}`), "id:٣")
	f.Fuzz(func(t *testing.T, stored []byte, text string) {
		for _, o := range []options{{}, {Group: "acme/x"}} {
			g, cursor := &gitlab{options: o}, source.Cursor(text)
			s, ok := sourcetest.ReadSpec(t, stored, g.parseSpec)
			if !ok {
				continue
			}
			if s.Path != o.path() || s.After < 0 || s.Before != 0 && s.Before <= s.After {
				t.Errorf("%s is read as %+v", stored, s)
			}
			read := func(from source.Cursor) (place [2]int64, err error) {
				if !o.offset() {
					place[1], err = s.parseKeyset(from)
					return place, err
				}
				position, last, err := s.parseOffset(from)
				return [2]int64{int64(position), last}, err
			}
			write := func(place [2]int64) source.Cursor {
				if !o.offset() {
					return source.KeysetCursor(place[1])
				}
				return source.OffsetCursor(int(place[0]), place[1])
			}
			if at, ok := sourcetest.ReadCursor(t, cursor, read, write); ok && (at[0] < 0 || at[1] < s.After || s.Before != 0 && at[1] >= s.Before) {
				t.Errorf("in %+v the cursor %q is %d", s, cursor, at)
			}
			first := write([2]int64{int64(s.Position) + 1, s.After + 1})
			if _, err := read(first); err != nil && (s.Before == 0 || s.After+2 < s.Before) {
				t.Errorf("in %+v the cursor %q: %v", s, first, err)
			}
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","path_with_namespace":"a/x","created_at":"2015-03-03T18:37:05.387Z","topics":["t"],"namespace":{"full_path":"a"}}`)
	f.Add(`{"id":1,"namespace":null,"license":[],"star_count":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		g := &gitlab{}
		p, err := g.Normalize([]byte(raw))
		if again, errAgain := g.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
		if err == nil && p.CreatedAt != nil {
			if _, err := json.Marshal(p.CreatedAt); err != nil {
				t.Errorf("%q: %v", raw, err)
			}
		}
	})
}
