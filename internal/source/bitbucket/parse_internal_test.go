package bitbucket

import (
	"fmt"
	"testing"

	"holdfast/internal/source"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"": defaultURL, "https://bitbucket.org/": defaultURL, "https://api.bitbucket.org/2.0/": defaultURL,
		"https://proxy.example.com/bitbucket": "https://proxy.example.com/bitbucket",
	} {
		if got := apiURL(address); got != want {
			t.Errorf("%q is taken for %q, want %q", address, got, want)
		}
	}
}

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	b := &bitbucket{options: options{Workspaces: []string{"acme"}}}
	for _, stored := range []string{``, `null`, `{`, `{"workspace":""}`, `{"workspace":"beta"}`} {
		if _, err := b.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{
		"7", "null", "{}", "id:7", `{"after":"yesterday"}`, `{"seen":["{a}"]}`, `{"seen":["{a}"],"next":"/x"}`,
		`{"after":"2020-01-01T00:00:00Z","next":"https://h/x"}`, `{"after":"2020-01-01T00:00:00Z","x":1}`,
	} {
		if _, err := parsePlace(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", `{"after":"2020-01-01T00:00:00.000001+00:00","seen":["{a}"]}`, `{"next":"/2.0/x?page=2"}`, `{"after":7}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		if at, err := parsePlace(cursor); err == nil && cursor != "" && at.cursor() != cursor {
			t.Errorf("%q is read as %+v", cursor, at)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"uuid":"{a}","name":"x","full_name":"a/x","created_on":"2013-04-15T03:05:05.595458+00:00","mainbranch":{"name":"main"}}`)
	f.Add(`{"uuid":"{a}","links":[],"is_private":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		b := &bitbucket{}
		p, err := b.Normalize([]byte(raw))
		if again, errAgain := b.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
