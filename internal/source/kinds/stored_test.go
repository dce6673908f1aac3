package kinds_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

// storedOptions are the least that each kind needs besides its address.
func storedOptions() map[string]string {
	options := fuzzOptions()
	options["bitbucket"] = "token: ${TOKEN}\n" // with any workspace
	options["azure-devops"] = "token: ${TOKEN}\n"
	options["http"] = "items: v\npagination: {kind: link}\n"
	options["jira"] = "email: a@h\ntoken: ${TOKEN}\n"
	options["jira-dc"] = "token: ${TOKEN}\n"
	return options
}

// storedSpecs are descriptions of partitions as each kind writes them.
func storedSpecs() map[string]string {
	return map[string]string{
		"azure-devops": `{"list":"repositories","project":"91f0d4cb-4c36-49a5-b28d-2d72da089c4d"}`,
		"bitbucket":    `{"workspace":"acme"}`,
		"bitbucket-dc": `{"path":"/rest/api/1.0/repos"}`,
		"file":         `{"from":7,"to":90,"file":"4f1cb14e2e9a8a1f0b7d3c55"}`,
		"gitea":        `{"after":5,"listing":"instance?order=asc&sort=id","size":50}`,
		"github":       `{"path":"/orgs/acme/repos"}`,
		"gitlab":       `{"path":"/api/v4/projects","after":4,"before":9}`,
		"http":         `{}`,
		"jira":         `{"list":"projects"}`,
		"jira-dc":      `{"list":"projects"}`,
		"openproject":  `{"after":5,"until":9,"position":5,"filters":""}`,
		"redmine":      `{"status":"1|5|9"}`,
	}
}

// A source may be given another kind under its old name while a sync of it goes
// on. Read by the new kind, each of the old partitions could pass for the whole
// listing, or for a part of it that nothing complements.
func TestPlansOfOtherKindsAreRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	list := filepath.Join(t.TempDir(), "a.ndjson")
	if err := os.WriteFile(list, []byte("{\"id\":1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	options := map[string]string{"file": "path: " + list + "\n"}
	for kind, text := range storedOptions() {
		options[kind] = "url: " + server.URL + "\n" + text
	}
	specs := storedSpecs()
	for kind, text := range options {
		src := sourcetest.MustOpen(t, driver(t, kind), text, "secret")
		for planned, spec := range specs {
			refused := false
			for _, err := range src.List(t.Context(), source.Partition{Spec: []byte(spec)}, "") {
				e, ok := errors.AsType[*source.Error](err)
				refused = ok && (e.Code == "plan_outdated" || e.Code == "file_replaced")
			}
			// One whole listing is as good as another. The file of the plan is gone.
			own := spec == specs[kind] && kind != "file" || kind == "file" && planned == "http"
			if refused == own {
				t.Errorf("%s reads the plan of %s, %s: refused is %t", kind, planned, spec, refused)
			}
		}
	}
}

// FuzzStored lists with what the database may give back, a description of a
// partition and a cursor: either is refused before anything is asked, or what is
// asked lies below the configured address, however a server reads its dots.
func FuzzStored(f *testing.F) {
	for kind, spec := range storedSpecs() {
		for _, cursor := range []string{"", "id:7", "at:5:6", "at:20:50:6", `{"next":"//h/%2e%2e/x"}`} {
			f.Add(kind, spec, cursor)
		}
	}
	f.Add("bitbucket", `{"workspace":"..\u002f.."}`, "")
	f.Add("bitbucket", `{"workspace":".."}`, "")
	asked := []string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.EscapedPath())
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"v":[]}`))
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, kind, spec, cursor string) {
		options, fuzzed := storedOptions()[kind]
		if !fuzzed {
			return
		}
		asked = nil
		src := sourcetest.MustOpen(t, driver(t, kind), "url: "+server.URL+"/base\n"+options, "secret")
		for _, err := range src.List(t.Context(), source.Partition{Spec: []byte(spec)}, source.Cursor(cursor)) {
			e, ok := errors.AsType[*source.Error](err)
			if len(asked) == 0 && err != nil && (!ok || e.Code != "plan_outdated" && e.Kind != source.Expired && e.Code != "bad_address") {
				t.Errorf("%s, %s at %q: %v", kind, spec, cursor, err)
			}
		}
		for _, asked := range asked {
			dotted := strings.NewReplacer("%2e", ".", "%2E", ".", "%2f", "/", "%2F", "/").Replace(asked)
			if clean := path.Clean(dotted); clean != "/base" && !strings.HasPrefix(clean, "/base/") {
				t.Errorf("%s, %s at %q asks for %s", kind, spec, cursor, asked)
			}
		}
	})
}
