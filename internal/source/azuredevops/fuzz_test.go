package azuredevops_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzAnswers lists a service that gives one answer whatever it is asked: the
// listing must end, and without an error only if the answer can be all there is.
func FuzzAnswers(f *testing.F) {
	f.Add(`{"count":0,"value":[]}`)
	f.Add(`{"count":1,"value":[{"id":"` + largeProject + `"}]}`)
	f.Add(`{"count":2,"value":[{"id":"` + largeProject + `"},null]}`)
	f.Add(`{"value":[{"id":"` + largeProject + `"},{"id":"` + smallProject + `"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		defer server.Close()
		for _, listed := range []string{"projects", "repositories"} {
			ids, err := read(t, mustOpen(t, "url: "+server.URL+"/acme\nlist: "+listed+"\n"))
			delete(ids, "")
			if err == nil && len(ids) > 1 && listed == "projects" {
				// The second page begins with the last project of the first only
				// where there is no other.
				t.Errorf("%q passes for a list of %d", body, len(ids))
			}
		}
	})
}
