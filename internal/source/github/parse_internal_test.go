package github

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// TestWindowOverlapsAndAdvances tries every position of a long listing, with
// every page size that the options allow.
func TestWindowOverlapsAndAdvances(t *testing.T) {
	t.Parallel()
	for most := minPerPage; most <= maxPerPage; most++ {
		for position := 1; position <= 20_000; position++ {
			page, size := window(position, most)
			if start := (page - 1) * size; size > most || start >= position || page*size <= position {
				t.Fatalf("position %d, at most %d: page %d of %d shows %d to %d", position, most, page, size, start+1, page*size)
			}
		}
	}
	if page, size := window(0, 100); page != 1 || size != 100 {
		t.Errorf("the first page is %d of %d", page, size)
	}
}

func TestAPIAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                             "https://api.github.com",
		"https://github.com/":          "https://api.github.com",
		"https://GitHub.com":           "https://api.github.com",
		"https://api.github.com":       "https://api.github.com",
		"https://octo.ghe.com":         "https://api.octo.ghe.com",
		"https://api.octo.ghe.com/":    "https://api.octo.ghe.com",
		"https://git.example.com":      "https://git.example.com/api/v3",
		"https://git.example.com:8443": "https://git.example.com:8443/api/v3",
		"https://h/api/v3/":            "https://h/api/v3",
		"https://proxy/github":         "https://proxy/github",
		"::":                           "::",
	} {
		if got := apiURL(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	o := options{Orgs: []string{"acme"}}
	g := &github{options: o, listings: o.listings()}
	for _, stored := range []string{``, `null`, `{`, `{"path":"/orgs/beta/repos"}`, `{"path":"/user/repos"}`} {
		if _, _, err := g.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:20:2", "7"} {
		if _, err := parseKeyset(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	for _, cursor := range []source.Cursor{
		"at:", "at:1", "at:0:20:5", "at:5:20:", "at:5:20:0", "at:5:20:1,", "at:5:20:1,x", "at:5:19:1", "at:5:101:1",
		"at:99999999999:20:1", "id:5", "at:1:20:1:1", "at:30:20:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21",
	} {
		if _, err := parsePlace(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func TestPlaceKeepsTheLastIDs(t *testing.T) {
	t.Parallel()
	p := place{size: 100}
	records := []source.Record{}
	for id := range 30 {
		records = append(records, newRecord(fmt.Appendf(nil, `{"id":%d}`, id+1)), newRecord([]byte(`null`)))
	}
	p.advance(60, records)
	before := p.cursor()
	p.advance(62, []source.Record{newRecord([]byte(`{"id":99}`))})
	want := source.Cursor("at:62:100:12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,99")
	if diff := cmp.Diff(want, p.cursor()); diff != "" {
		t.Error(diff)
	}
	if back, err := parsePlace(before); err != nil || back.cursor() != before {
		t.Errorf("%q is read as %+v, %v", before, back, err)
	}
}

func FuzzCursors(f *testing.F) {
	for _, seed := range []string{"", "id:1", "at:20:100:5", "at:20:20:5,6", "id:9223372036854775807", "at:-1:x", "id:٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		if last, err := parseKeyset(cursor); err == nil && cursor != "" && keysetCursor(last) != cursor {
			t.Errorf("%q is read as %d", cursor, last)
		}
		if at, err := parsePlace(cursor); err == nil && cursor != "" && at.cursor() != cursor {
			t.Errorf("%q is read as %+v", cursor, at)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","full_name":"a/x","created_at":"2015-03-03T18:37:05Z","topics":["t"],"owner":{"login":"a"},"license":{"key":"mit"}}`)
	f.Add(`{"id":1,"full_name":"a/x","owner":null,"license":[],"private":0}`)
	f.Fuzz(func(t *testing.T, raw string) {
		g := &github{}
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

func FuzzParseKey(f *testing.F) {
	f.Add("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")
	f.Add(`-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`)
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := parseKey(source.NewSecret(text)); (key == nil) == (err == nil) {
			t.Errorf("a key: %t, %v", key != nil, err)
		}
	})
}
