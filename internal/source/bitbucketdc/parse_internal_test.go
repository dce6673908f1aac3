package bitbucketdc

import (
	"fmt"
	"slices"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://h/git", "https://h/git/", "https://h/git/rest/api/1.0/", "https://h/git/rest/api/latest", "https://h/git/rest", "https://h/git/dashboard"} {
		if got := trimmed(address); got != "https://h/git" {
			t.Errorf("%q is taken for %q", address, got)
		}
	}
}

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	b := &bitbucket{options: options{Projects: []string{"ACME"}}}
	for _, stored := range []string{``, `null`, `{`, `{"path":""}`, `{"path":"/rest/api/1.0/repos"}`} {
		if _, err := b.parseSpec([]byte(stored)); source.KindOf(err) != source.Configuration {
			t.Errorf("%s: got %v, want a configuration error", stored, err)
		}
	}
}

// FuzzStored reads descriptions of partitions, with projects configured and with
// none, and cursors in them. A path is one of those that are configured.
func FuzzStored(f *testing.F) {
	f.Add([]byte(`{"path":"/rest/api/1.0/repos"}`), "at:5:1,2")
	f.Add([]byte(`{"path":"/rest/api/1.0/projects/ACME/repos"}`), "")
	f.Add([]byte(`{"path":"/rest/api/1.0/projects/../admin"}`), "id:5")
	f.Fuzz(func(t *testing.T, stored []byte, cursor string) {
		for _, projects := range [][]string{nil, {"ACME", "~a b"}} {
			b := &bitbucket{options: options{Projects: projects}}
			s, ok := sourcetest.ReadSpec(t, stored, b.parseSpec)
			if ok && !slices.Contains(b.options.paths(), s.Path) {
				t.Errorf("%s is read as %+v, which is not configured", stored, s)
			}
			parse := func(from source.Cursor) (source.Place, error) { return source.ParsePlace(from, tailLength) }
			_, placed := sourcetest.ReadCursor(t, source.Cursor(cursor), parse, source.Place.Cursor)
			if _, err := b.open(source.Partition{Spec: stored}, source.Cursor(cursor)); (err == nil) != (ok && placed) {
				t.Errorf("%s at %q is opened: %v", stored, cursor, err)
			}
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"slug":"x","id":1,"name":"X","project":{"key":"A","public":false},"public":true,"links":{"self":[{"href":"https://h"}]}}`)
	f.Add(`{"id":1,"slug":"x","project":[],"links":{"self":{}}}`)
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
