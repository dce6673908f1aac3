package bitbucket

import (
	"fmt"
	"path"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
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
	for _, stored := range []string{``, `null`, `{`, `{"workspace":""}`, `{"workspace":"beta"}`, `{"workspace":"acme/../x"}`} {
		if _, err := b.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

// A workspace that the service names becomes a part of a path, here and in the
// plan that is stored.
func TestWorkspacesAreOneSegmentOfAPath(t *testing.T) {
	t.Parallel()
	b := &bitbucket{}
	for _, name := range []string{".", "..", "a/b", "a?b", "a#b", "a b", "a%2Fb"} {
		_, err := b.parseSpec(fmt.Appendf(nil, `{"workspace":%q}`, name))
		if source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", name, err)
		}
		if err := (&options{Workspaces: []string{name}}).validateWorkspaces(); err == nil {
			t.Errorf("%s passes for a workspace", name)
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

// FuzzCursor reads cursors: a moment and a page's address are such that a
// request can be made of them.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		"", `{"after":"2020-01-01T00:00:00.000001+00:00","seen":["{a}"]}`, `{"next":"/2.0/x?page=2"}`, `{"after":7}`, `{"next":"//h/x"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok := sourcetest.ReadCursor(t, source.Cursor(text), parsePlace, place.cursor)
		if ok && ((at.After == "") != at.moment().IsZero() || at.Next != "" && at.Next[0] != '/') {
			t.Errorf("%q is read as %+v", text, at)
		}
	})
}

// FuzzSpec reads the descriptions of partitions, with a workspace configured and
// with none. A workspace is one segment of a path.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{`{"workspace":"acme"}`, `{"workspace":"beta"}`, `{"workspace":".."}`, `{"workspace":"a/../b?c"}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		for _, configured := range [][]string{nil, {"acme"}} {
			b := &bitbucket{options: options{Workspaces: configured}}
			s, ok := sourcetest.ReadSpec(t, stored, b.parseSpec)
			if !ok {
				continue
			}
			if dir, last := path.Split(path.Clean(repositoriesPath(s.Workspace))); dir != "/2.0/repositories/" || last == "" {
				t.Errorf("%s leads to %s%s", stored, dir, last)
			}
			if configured != nil && s.Workspace != "acme" {
				t.Errorf("%s is read as %+v, which is not configured", stored, s)
			}
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
