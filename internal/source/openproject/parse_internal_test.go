package openproject

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// at is a source at an address, for what asks nothing.
func at(url string) *openproject {
	return &openproject{options: options{HTTPOptions: source.HTTPOptions{URL: url}}}
}

// TestNormalize reads the example of the service's own documentation, with its
// links left out, and what older and odd servers send.
func TestNormalize(t *testing.T) {
	t.Parallel()
	when := new(time.Date(2014, 5, 21, 8, 51, 20, 396e6, time.UTC))
	for raw, want := range map[string]project.Project{
		`{"_type":"Project","id":1,"identifier":"project_example","name":"Project example","active":true,"public":false,` +
			`"statusExplanation":{"format":"markdown","raw":"Everything **fine**","html":"<p>"},` +
			`"description":{"format":"markdown","raw":"Lorem **ipsum** dolor sit amet","html":"<p>"},` +
			`"createdAt":"2014-05-21T08:51:20.396Z","updatedAt":"2014-05-21T08:51:20.396Z","customField123":123}`: {
			ExternalID: "1", Name: "Project example", FullPath: "project_example", Description: new("Lorem **ipsum** dolor sit amet"),
			WebURL: new("https://h/op/projects/project_example"), Visibility: new("private"), Archived: new(false),
			CreatedAt: when, UpdatedAt: when,
		},
		`{"id":2,"identifier":"a b","name":null,"active":false,"public":true,"description":null}`: {
			ExternalID: "2", Name: "a b", FullPath: "a b", WebURL: new("https://h/op/projects/a%20b"),
			Visibility: new("public"), Archived: new(true),
		},
		`{"id":3,"identifier":"c","description":{"format":"markdown","raw":null,"html":""}}`: {
			ExternalID: "3", Name: "c", FullPath: "c", WebURL: new("https://h/op/projects/c"),
		},
	} {
		got, err := at("https://h/op").Normalize([]byte(raw))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	for _, raw := range []string{`{"id":1}`, `{"id":1,"identifier":""}`, `{"id":"x","identifier":"x"}`, `{"id":1,"identifier":"x","active":1}`} {
		if got, err := at("https://h").Normalize([]byte(raw)); err == nil {
			t.Errorf("%s is read as %+v", raw, got)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","identifier":"x","active":true,"description":{"raw":"x"},"createdAt":"2014-05-21T08:51:20.396Z"}`)
	f.Add(`{"id":1,"identifier":"\u0000","description":[{"raw":1e400}]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := at("https://h").Normalize([]byte(raw))
		if again, errAgain := at("https://h").Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
