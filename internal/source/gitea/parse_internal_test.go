package gitea

import (
	"fmt"
	"math"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	g := &gitea{options: options{Org: "acme"}}
	const listing = `"listing":"organization acme?order=asc&sort=id"`
	for _, stored := range []string{
		``, `null`, `{`, `{"listing":"instance?order=asc&sort=id","size":50}`,
		`{` + listing + `}`, `{` + listing + `,"size":501}`, `{` + listing + `,"size":50,"after":-1}`,
		`{` + listing + `,"size":50,"after":5,"until":5}`, `{` + listing + `,"size":50,"position":-1}`,
		`{` + listing + `,"size":50,"position":2147483647}`, `{` + listing + `,"size":50,"after":9223372036854775807}`,
	} {
		if _, err := g.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
	if _, err := g.parseSpec([]byte(`{` + listing + `,"owner":7,"size":50,"after":5,"until":6,"position":5}`)); err != nil {
		t.Error(err)
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	part := spec{IDRange: source.IDRange{After: 5, Until: 100, Position: 3}, Size: 50}
	for _, cursor := range []source.Cursor{"at:", "at:1:50", "at:0:50:7", "at:9:19:7", "at:9:501:7", "at:9:50:5", "at:9:50:100", "at:9:50:07", "at:99999999999:50:7", "at:9:50:7:1", "id:7", "7"} {
		if _, err := part.parse(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	if at, err := part.parse(""); err != nil || at != (place{position: 3, most: 50, last: 5}) {
		t.Errorf("the start is %+v, %v", at, err)
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "at:20:50:5", "at:1:20:9223372036854775807", "at:-1:x:y", "at:٣:50:5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sourcetest.ReadCursor(t, source.Cursor(text), spec{Size: 50}.parse, place.cursor)
	})
}

// FuzzSpec reads descriptions of partitions: each has a page size that can be
// asked for and a range in which the first cursor is good.
func FuzzSpec(f *testing.F) {
	g := &gitea{options: options{Org: "acme"}}
	whole := spec{Listing: g.listing(), Owner: 7, Size: 50}
	for _, part := range g.partitions(whole, []source.IDRange{{Until: 9}, {After: 9, Position: 3}, {Position: math.MaxInt64}, {After: math.MaxInt64}}) {
		f.Add(part.Spec)
	}
	f.Add([]byte(`{"listing":"instance?order=asc&sort=id","size":50}`))
	f.Fuzz(func(t *testing.T, stored []byte) {
		s, ok := sourcetest.ReadSpec(t, stored, g.parseSpec)
		if !ok {
			return
		}
		if s.Listing != g.listing() || s.Owner < 0 || s.Size < minPerPage || s.Size > maxPerPage {
			t.Errorf("%s is read as %+v", stored, s)
		}
		first := place{position: s.Position + 1, most: s.Size, last: s.After + 1}
		if _, err := s.parse(first.cursor()); (err == nil) != s.Holds(s.After+1) {
			t.Errorf("in %+v the cursor %q: %v", s, first.cursor(), err)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","full_name":"a/x","created_at":"2015-03-03T18:37:05Z","topics":["t"],"owner":{"login":"a"}}`)
	f.Add(`{"id":1,"owner":null,"licenses":[],"stars_count":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		g := &gitea{}
		p, err := g.Normalize([]byte(raw))
		if again, errAgain := g.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
