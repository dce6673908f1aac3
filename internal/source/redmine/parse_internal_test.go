package redmine

import (
	"fmt"
	"testing"

	"holdfast/internal/source"
)

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{
		"at:", "at:1", "at:1:", "at:0:5", "at:5:0", "at:1:2,", "at:1:2,x", "at:01:2", "at:99999999999:1", "id:5",
		"at:1:1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21",
	} {
		if _, err := parsePlace(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func TestStatusFilter(t *testing.T) {
	t.Parallel()
	for want, status := range map[string][]string{
		"1|5|9": nil, "1": {"active"}, "5|9": {"archived", "closed"}, "5": {"closed", "closed"},
	} {
		if got := (&options{Status: status}).filter(); got != want {
			t.Errorf("%v: got %q, want %q", status, got, want)
		}
	}
}

func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "at:20:1,2,3", "at:-1:x", "at:1:٣", "at:2147483647:9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cursor := source.Cursor(text)
		at, err := parsePlace(cursor)
		if err == nil && cursor != "" && at.cursor() != cursor {
			t.Errorf("%q is read as %+v", cursor, at)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","identifier":"x","status":5,"is_public":true,"created_on":"2006-07-19T17:13:59Z"}`)
	f.Add(`{"id":1,"identifier":"\u0000","status":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		r := &redmine{options: options{HTTPOptions: source.HTTPOptions{URL: "https://h"}}}
		p, err := r.Normalize([]byte(raw))
		if again, errAgain := r.Normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
