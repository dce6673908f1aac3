package jira

import (
	"fmt"
	"testing"
)

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
