package kinds_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/internal/project"
	"holdfast/internal/source"
	"holdfast/internal/source/kinds"
	"holdfast/internal/source/sourcetest"
)

// fuzzOptions are the least that each kind needs besides its address. Those of
// azure-devops and jira have a target of their own, file asks nobody, and http
// is fuzzed part by part.
func fuzzOptions() map[string]string {
	const token = "token: ${TOKEN}\n"
	return map[string]string{
		"bitbucket": token + "workspace: acme\n", "bitbucket-dc": token, "gitea": token, "github": token + "org: acme\n",
		"gitlab": token, "openproject": token, "redmine": "api_key: ${TOKEN}\n",
	}
}

// maxFuzzPages is how far a listing is followed: some services may answer a
// great many pages that are all alike.
const maxFuzzPages = 20

// FuzzAnswers lists services that give one answer whatever they are asked:
// nothing panics, every record is a part of the answer with an id that can be
// kept or a reason why not, and a listing that goes on has moved on.
func FuzzAnswers(f *testing.F) {
	for kind := range fuzzOptions() {
		for _, seed := range []string{
			`[]`, `{}`, `[{"id":1,"name":"a","full_name":"o/a","path_with_namespace":"o/a"},null,{"id":1}]`,
			`{"values":[{"id":7,"uuid":"{7}","slug":"a"}],"isLastPage":false,"nextPageStart":1,"next":"/2.0/x?page=2"}`,
			`{"projects":[{"id":3,"identifier":"x"}],"total_count":2,"offset":0,"limit":1}`,
			`{"_embedded":{"elements":[{"id":5}]},"total":1,"count":1,"offset":1}`,
		} {
			f.Add(kind, seed, `</x?page=2>; rel="next"`, "2")
		}
	}
	f.Fuzz(func(t *testing.T, kind, body, link, total string) {
		options, fuzzed := fuzzOptions()[kind]
		if !fuzzed {
			return
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Link", link)
			w.Header().Set("X-Total", total)
			w.Header().Set("X-Total-Count", total)
			_, _ = w.Write([]byte(body))
		}))
		defer server.Close()
		src := sourcetest.MustOpen(t, driver(t, kind), "url: "+server.URL+"\n"+options, "secret-of-the-test")
		plan, err := src.Plan(t.Context())
		if err != nil {
			wantKind(t, err)
			return
		}
		for _, partition := range plan.Partitions {
			follow(t, src, partition, body)
		}
	})
}

func driver(t *testing.T, kind string) source.Driver {
	t.Helper()
	for _, d := range kinds.All() {
		if d.Kind == kind {
			return d
		}
	}
	t.Fatalf("no kind %q", kind)
	return source.Driver{}
}

func follow(t *testing.T, src source.Source, partition source.Partition, body string) {
	t.Helper()
	pages := 0
	from := source.Cursor("")
	for page, err := range src.List(t.Context(), partition, "") {
		if err != nil {
			wantKind(t, err)
			return
		}
		for _, record := range page.Records {
			if !strings.Contains(body, string(record.Raw)) {
				t.Fatalf("a record that was never sent: %q", record.Raw)
			}
			if idErr := project.CheckID(record.ID); record.Err == nil && idErr != nil {
				t.Fatalf("record %q has the id %q and no error: %v", record.Raw, record.ID, idErr)
			}
			_, _ = src.Normalize(record.Raw)
		}
		if !page.Last && page.Next == from {
			t.Fatalf("a page leads to itself, %q", from)
		}
		from = page.Next
		if pages++; page.Last || pages == maxFuzzPages {
			return
		}
	}
	t.Fatal("the listing ends without its last page")
}

// wantKind checks that an error says what to do about it.
func wantKind(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*source.Error](err); ok && (e.Code == "" || e.Message == "") {
		t.Errorf("an error without words: %+v", e)
	}
	if strings.Contains(err.Error(), "secret-of-the-test") {
		t.Errorf("an error shows the credential: %v", err)
	}
}
