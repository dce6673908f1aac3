package jira_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/jira"
)

// FuzzAnswers lists a service that gives one answer whatever it is asked: the
// listing must end, and only with an error or with what the answer holds.
func FuzzAnswers(f *testing.F) {
	f.Add(`{"startAt":0,"total":1,"isLast":true,"values":[{"id":"1","key":"A"}]}`)
	f.Add(`{"startAt":0,"total":9,"isLast":false,"values":[{"id":"1","key":"A"},null]}`)
	f.Add(`{"startAt":1e1,"total":9999999999999999999,"isLast":true,"values":[]}`)
	f.Add(`[{"id":"2"},{"id":"1"},null]`)
	f.Fuzz(func(t *testing.T, body string) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		defer server.Close()
		for _, driver := range []source.Driver{jira.CloudDriver(), jira.DataCenterDriver()} {
			l, err := list(t, mustOpen(t, driver, "url: "+server.URL+"\n"), "")
			if err == nil && l.pages > 1 && driver.Kind == "jira" {
				t.Errorf("%q makes %d pages", body, l.pages)
			}
		}
	})
}
