package jira

import (
	"fmt"
	"testing"

	"holdfast/internal/source"
)

func TestCursorsOfAnotherListingAreExpired(t *testing.T) {
	t.Parallel()
	for _, cursor := range []source.Cursor{"id:", "id:0", "id:-1", "id:+1", "id:01", "id:1x", "id:9223372036854775808", "at:1:2", "7"} {
		if _, err := parseKeyset(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
	for _, cursor := range []source.Cursor{"at:", "at:1", "at:1:", "at:0:5", "at:5:0", "at:5:1,", "at:99999999999:1", "id:5"} {
		if _, err := parsePlace(cursor); source.KindOf(err) != source.Expired {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}

func FuzzCursors(f *testing.F) {
	for _, seed := range []string{"", "id:1", "at:20:5,6", "id:9223372036854775807", "at:-1:x", "id:٣"} {
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
	f.Add(`{"id":"1","name":"x","key":"A","self":"https://h/rest/api/2/project/1","insight":{"lastIssueUpdateTime":"2022-07-15T09:19:41.802+0000"}}`)
	f.Add(`{"id":1,"lead":null,"projectCategory":[],"key":"A","self":"/rest/api/%"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := normalize([]byte(raw))
		if again, errAgain := normalize([]byte(raw)); fmt.Sprint(err) != fmt.Sprint(errAgain) || p.ExternalID != again.ExternalID {
			t.Errorf("two readings of %q differ", raw)
		}
		if err == nil && (p.ExternalID == "" || p.Name == "" || p.FullPath == "") {
			t.Errorf("%q is read as %+v", raw, p)
		}
	})
}
