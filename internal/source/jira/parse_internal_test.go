package jira

import (
	"encoding/json"
	"fmt"
	"testing"

	"holdfast/internal/source/sourcetest"
)

func TestPlansOfAnotherListingAreRefused(t *testing.T) {
	t.Parallel()
	for _, stored := range []string{``, `null`, `{`, `{}`, `[{"list":"projects"}]`, `{"list":"repositories","project":""}`, `{"list":"projects"} x`} {
		sourcetest.Outdated(t, []byte(stored), checkSpec([]byte(stored)))
	}
}

// FuzzSpec reads descriptions of partitions, of which there is one.
func FuzzSpec(f *testing.F) {
	for _, seed := range []string{partitionSpec, `{"list":"repositories","project":""}`, `{"list":7}`, `{"path":"/api/v4/projects"}`, `{"list":"projects"`} {
		f.Add([]byte(seed))
	}
	type listed struct {
		List string `json:"list"`
	}
	f.Fuzz(func(t *testing.T, stored []byte) {
		s, ok := sourcetest.ReadSpec(t, stored, func(stored []byte) (listed, error) {
			var s listed
			err := checkSpec(stored)
			if errJSON := json.Unmarshal(stored, &s); err == nil && errJSON != nil {
				t.Errorf("%q passes, and is no description: %v", stored, errJSON)
			}
			return s, err
		})
		if ok && s.List != "projects" {
			t.Errorf("%s passes for a description of all projects", stored)
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
