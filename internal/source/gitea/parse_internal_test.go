package gitea

import (
	"fmt"
	"testing"

	"holdfast/internal/source"
)

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	g := &gitea{options: options{Org: "acme"}}
	const listing = `"listing":"organization acme?order=asc&sort=id"`
	for _, stored := range []string{
		``, `null`, `{`, `{"listing":"instance?order=asc&sort=id","size":50}`,
		`{` + listing + `}`, `{` + listing + `,"size":501}`, `{` + listing + `,"size":50,"after":-1}`,
		`{` + listing + `,"size":50,"after":5,"until":5}`, `{` + listing + `,"size":50,"position":-1}`,
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
		cursor := source.Cursor(text)
		if at, err := (spec{Size: 50}).parse(cursor); err == nil && cursor != "" && at.cursor() != cursor {
			t.Errorf("%q is read as %+v", cursor, at)
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
