package github

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

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
	for _, stored := range []string{``, `null`, `{`, `{"path":"/orgs/beta/repos"}`, `{"path":"/user/repos"}`, `{"path":"/orgs/acme/repos","since":"2026-11-03T08:02:00Z"}`} {
		if _, _, err := g.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

func TestOnlyAMomentLimitsAListing(t *testing.T) {
	t.Parallel()
	g := &github{listings: (&options{}).listings()}
	for stored, kind := range map[string]source.Kind{
		`{"path":"/user/repos","since":"2026-11-03T08:02:00Z"}`: "", `{"path":"/user/repos","since":"yesterday"}`: source.Configuration,
	} {
		if _, _, err := g.parseSpec([]byte(stored)); err == nil && kind != "" || err != nil && source.KindOf(err) != kind {
			t.Errorf("%s: got %v", stored, err)
		}
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:20:2", "7"} {
		if _, err := source.ParseKeyset(cursor); source.KindOf(err) != source.Expired {
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

func TestCursorOfAPlace(t *testing.T) {
	t.Parallel()
	at := place{position: 62, size: 100, tail: source.Tail{"12", "99"}}
	if diff := cmp.Diff(source.Cursor("at:62:100:12,99"), at.cursor()); diff != "" {
		t.Error(diff)
	}
	back, err := parsePlace(at.cursor())
	if diff := cmp.Diff(at.cursor(), back.cursor()); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func FuzzCursors(f *testing.F) {
	for _, seed := range []string{"", "id:1", "at:20:100:5", "at:20:20:5,6", "id:9223372036854775807", "at:-1:x", "id:٣"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		sourcetest.ReadCursor(t, cursor, source.ParseKeyset, source.KeysetCursor)
		sourcetest.ReadCursor(t, cursor, parsePlace, func(at place) source.Cursor { return at.cursor() })
	})
}

// FuzzSpec reads descriptions of partitions with each kind of listing
// configured. A path is one of those that are configured, and only the one
// listing that can be filtered by it has a moment.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{
		`{"path":"/user/repos","since":"2026-11-03T08:02:00Z"}`, `{"path":"/orgs/acme/repos","since":"2026-11-03T08:02:00Z"}`,
		`{"path":"/user/repos","since":"yesterday"}`, `{"path":"/repositories"}`, `{"path":"/users/../user/repos"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		for _, o := range []options{{}, {Orgs: []string{"acme", "beta"}}, {User: "ann"}, {Public: true}, {AppID: "7"}} {
			g := &github{options: o, listings: o.listings()}
			s, ok := sourcetest.ReadSpec(t, stored, func(stored []byte) (spec, error) {
				s, l, err := g.parseSpec(stored)
				if err == nil && l.path != s.Path {
					t.Errorf("%s is read as %+v, of the listing %s", stored, s, l.path)
				}
				return s, err
			})
			if !ok || s.Since == "" {
				continue
			}
			if _, err := time.Parse(time.RFC3339, s.Since); err != nil || s.Path != ownPath {
				t.Errorf("%s is read as %+v: %v", stored, s, err)
			}
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
