package openproject

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
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

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{
		``, `null`, `{`, `{}`, `{"filters":null}`, `{"filters":"x"}`, `{"filters":"","after":-1}`, `{"filters":"","after":5,"until":5}`,
		`{"path":"/api/v4/projects","after":5,"before":9}`,
	} {
		_, err := at("https://h").parseSpec([]byte(stored))
		sourcetest.Outdated(t, []byte(stored), err)
	}
}

// FuzzStored reads descriptions of partitions, with a filter and with none, and
// cursors in them: a place lies in the range, and what is read first has a
// cursor that is good.
func FuzzStored(f *testing.F) {
	f.Add([]byte(`{"filters":"","after":4,"until":9,"position":4}`), "at:5:6")
	f.Add([]byte(`{"filters":"[{\"active\":{\"operator\":\"=\",\"values\":[\"f\"]}}]"}`), "at:5:9")
	f.Add([]byte(`{"path":"/api/v4/projects","after":4}`), "")
	f.Add([]byte(`{"filters":"","position":9223372036854775807}`), "id:1")
	f.Fuzz(func(t *testing.T, stored []byte, cursor string) {
		for _, archived := range []*bool{nil, new(true)} {
			o := &openproject{options: options{Archived: archived}}
			s, ok := sourcetest.ReadSpec(t, stored, o.parseSpec)
			if !ok {
				continue
			}
			if s.Filters != o.options.filters() || !strings.Contains(strings.ToLower(string(stored)), `"filters"`) {
				t.Errorf("%s is read as %+v", stored, s)
			}
			read := func(from source.Cursor) (place [2]int64, err error) {
				position, last, err := s.parse(from)
				return [2]int64{int64(position), last}, err
			}
			write := func(place [2]int64) source.Cursor { return source.OffsetCursor(int(place[0]), place[1]) }
			if at, ok := sourcetest.ReadCursor(t, source.Cursor(cursor), read, write); ok && (at[0] < 0 || at[1] < s.After || s.Until != 0 && at[1] >= s.Until) {
				t.Errorf("in %+v the cursor %q is %d", s, cursor, at)
			}
			first := write([2]int64{int64(s.Position) + 1, s.After + 1})
			if _, err := read(first); (err == nil) != s.Holds(s.After+1) {
				t.Errorf("in %+v the cursor %q: %v", s, first, err)
			}
		}
	})
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
