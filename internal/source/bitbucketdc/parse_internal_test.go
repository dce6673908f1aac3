package bitbucketdc

import (
	"fmt"
	"testing"

	"holdfast/internal/source"
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
