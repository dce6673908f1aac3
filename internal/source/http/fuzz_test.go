package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"holdfast/internal/source"
)

// FuzzNext feeds whatever a service may name as the way on to the kinds that
// follow it. A listing must ask only the configured service, and keep only
// cursors that a database can store.
func FuzzNext(f *testing.F) {
	for _, next := range []string{
		"", "/p?page=2", "?page=2", "//evil.example/p", "https://evil.example/p?x=1", "http://user:pw@evil.example", "p/../../x",
		"javascript:alert(1)", "http://[::1", "%zz", "\x00", "é", "#", "..", "\\evil", "https:///p", "/a>; rel=\"next\", <b", "next",
	} {
		f.Add(next)
	}
	var next string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Connection", "close") // each source has connections of its own
		if !strings.ContainsAny(next, "\r\n\x00") {
			w.Header().Set("Link", "<"+next+`>; rel="next"`)
			w.Header().Set("X-Next", next)
		}
		body, err := json.Marshal(map[string]any{"list": []any{map[string]any{"id": r.URL.RequestURI()}}, "next": next})
		if err != nil {
			f.Error(err)
		}
		_, _ = w.Write(body)
	}))
	f.Cleanup(server.Close)
	elsewhere := func(t *testing.T, src source.Source) {
		t.Helper()
		pages := 0
		for page, err := range src.List(t.Context(), source.Partition{Spec: []byte("{}")}, "") {
			if err != nil {
				if e := err.Error(); strings.Contains(e, "unknown_host") {
					t.Errorf("%q leads to another host: %v", next, err)
				}
				return
			}
			// Relative to a place that is ever deeper, there may be no end.
			if pages++; pages > 10 {
				return
			}
			if !page.Last && (page.Next == "" || !utf8.ValidString(string(page.Next))) {
				t.Errorf("%q gives the cursor %q", next, page.Next)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		next = text
		for _, pagination := range []string{
			"{kind: link}", "{kind: next_url, next: next}", "{kind: cursor, cursor: next, param: c}", "{kind: cursor, cursor_header: x-next, param: c}",
		} {
			elsewhere(t, mustOpen(t, "url: "+server.URL+"\nitems: list\npagination: "+pagination))
		}
	})
}
