package gitlab

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"holdfast/internal/source"
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
		`{"path":"/api/v4/groups/acme/projects","position":-1}`,
	} {
		if _, err := g.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:2", "7", "id:4"} {
		if _, err := parseKeyset(cursor, 5); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	for _, cursor := range []source.Cursor{"at:", "at:1", "at:0:5", "at:5:0", "at:1:2:3", "at:99999999999:1", "id:5"} {
		if _, _, err := source.ParseOffset(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func FuzzCursors(f *testing.F) {
	for _, seed := range []string{"", "id:1", "at:20:5", "id:9223372036854775807", "at:-1:x", "id:٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		if last, err := parseKeyset(cursor, 0); err == nil && cursor != "" && source.KeysetCursor(last) != cursor {
			t.Errorf("%q is read as %d", cursor, last)
		}
		if position, last, err := source.ParseOffset(cursor); err == nil && cursor != "" && source.OffsetCursor(position, last) != cursor {
			t.Errorf("%q is read as %d and %d", cursor, position, last)
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
