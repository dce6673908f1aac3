package sampleforge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/internal/sampleforge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// get asks the forge and returns the answer; the body is read.
func get(t *testing.T, forge *sampleforge.Forge, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return request(t, forge, http.MethodGet, target, "", header...)
}

func request(t *testing.T, forge *sampleforge.Forge, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://forge.test"+target, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	forge.ServeHTTP(w, r)
	return w
}

// ids reads the ids of a page.
func ids(t *testing.T, w *httptest.ResponseRecorder) []int64 {
	t.Helper()
	var page []struct {
		ID int64 `json:"id"`
	}
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	ids := make([]int64, len(page))
	for i, p := range page {
		ids[i] = p.ID
	}
	return ids
}

// truth returns the ids of the listed projects that are chosen, ascending.
func truth(forge *sampleforge.Forge, chosen func(sampleforge.Project) bool) []int64 {
	var ids []int64
	for p := range forge.Projects() {
		if chosen(p) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func all(sampleforge.Project) bool { return true }

func below(paths ...string) func(sampleforge.Project) bool {
	return func(p sampleforge.Project) bool {
		return slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(p.FullPath, path+"/") })
	}
}

// follow reads a listing along its Link headers to the end.
func follow(t *testing.T, forge *sampleforge.Forge, target string) (found []int64, pages int) {
	t.Helper()
	for target != "" {
		w := get(t, forge, target)
		found = append(found, ids(t, w)...)
		pages++
		target = next(t, w.Header().Get("Link"))
	}
	return found, pages
}

func next(t *testing.T, link string) string {
	t.Helper()
	for part := range strings.SplitSeq(link, ", ") {
		address, isNext := strings.CutSuffix(part, `>; rel="next"`)
		if !isNext {
			continue
		}
		parsed, err := url.Parse(strings.TrimPrefix(address, "<"))
		if err != nil {
			t.Fatal(err)
		}
		return parsed.RequestURI()
	}
	return ""
}

func TestEveryListingFollowsItsLinksToTheTruth(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 1234, Seed: 7})
	everyID := truth(forge, all)
	for i := 0; i < len(everyID); i += 10 {
		if err := forge.Remove(everyID[i]); err != nil {
			t.Fatal(err)
		}
	}
	direct := func(p sampleforge.Project) bool {
		return below("acme")(p) && strings.Count(p.FullPath, "/") == 1
	}
	for _, test := range []struct {
		target string
		chosen func(sampleforge.Project) bool
	}{
		{"/api/v4/projects?pagination=keyset&order_by=id&sort=asc&per_page=100", all},
		{"/api/v4/projects?pagination=keyset&order_by=id&sort=desc&per_page=33", all},
		{"/api/v4/projects?order_by=id&sort=asc&per_page=100", all},
		{"/api/v4/projects?per_page=7", all},
		{"/api/v4/groups/acme/projects?include_subgroups=true&sort=asc", below("acme")},
		{"/api/v4/groups/acme/projects?per_page=100", direct},
		{"/api/v4/groups/102/projects?include_subgroups=true&per_page=50", below("acme/platform")},
		{"/api/v4/groups/acme%2Fplatform/projects?include_subgroups=true&per_page=50", below("acme/platform")},
		{"/api/v4/users/ananya-rao/projects?sort=asc", below("ananya-rao")},
		{"/api/v4/users/9000042/projects", below("sam_oneil")},
	} {
		t.Run(test.target, func(t *testing.T) {
			t.Parallel()
			want := truth(forge, test.chosen)
			if !strings.Contains(test.target, "sort=asc") {
				slices.Reverse(want)
			}
			got, _ := follow(t, forge, test.target)
			if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
				t.Errorf("listing (-want +got):\n%s", diff)
			}
		})
	}
}

// GitLab's last keyset page with rows has a link, to an empty page without one.
func TestKeysetEndsWithAnEmptyPage(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 250})
	got, pages := follow(t, forge, "/api/v4/projects?pagination=keyset&order_by=id&sort=asc&per_page=100")
	if len(got) != 250 || pages != 4 {
		t.Errorf("%d projects on %d pages, want 250 on 4", len(got), pages)
	}
}

func TestIDRangesCutTheListing(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 3000})
	every := truth(forge, all)
	for _, bounds := range [][2]int64{
		{0, every[10]}, {every[10], every[2000]}, {every[10] - 1, every[2000] + 1}, {every[2990], 1 << 62}, {every[5], every[5]},
		{every[999], every[1000] - 1}, {every[2999], every[2999] + 1},
	} {
		var want []int64
		for _, id := range every {
			if id > bounds[0] && id < bounds[1] {
				want = append(want, id)
			}
		}
		for _, mode := range []string{"&pagination=keyset", ""} {
			got, _ := follow(t, forge, fmt.Sprintf(
				"/api/v4/projects?order_by=id&sort=asc&per_page=100&id_after=%d&id_before=%d%s", bounds[0], bounds[1], mode))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v%s (-want +got):\n%s", bounds, mode, diff)
			}
		}
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		projects                int
		target                  string
		total, totalPages, next string
		last                    bool
	}{
		{10_000, "/api/v4/projects?per_page=100", "10000", "100", "2", true},
		{10_001, "/api/v4/projects?per_page=100", "", "", "2", false},
		{10_000, "/api/v4/projects?pagination=keyset&order_by=id&per_page=100", "", "", "", false},
		{0, "/api/v4/projects", "0", "1", "", true},
		{45, "/api/v4/projects?per_page=500&page=1", "45", "1", "", true},
		{45, "/api/v4/projects?page=3", "45", "3", "", true},
	} {
		header := get(t, sampleforge.New(sampleforge.Options{Projects: test.projects}), test.target).Header()
		got := []string{header.Get("X-Total"), header.Get("X-Total-Pages"), header.Get("X-Next-Page")}
		if diff := cmp.Diff([]string{test.total, test.totalPages, test.next}, got); diff != "" {
			t.Errorf("%d projects, %s (-want +got):\n%s", test.projects, test.target, diff)
		}
		if last := strings.Contains(header.Get("Link"), `rel="last"`); last != test.last {
			t.Errorf("%d projects, %s: link to the last page: %v, want %v", test.projects, test.target, last, test.last)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 60_000})
	for target, want := range map[string]struct {
		status int
		body   string
	}{
		"/api/v4/projects?per_page=100&page=500":                 {200, ""},
		"/api/v4/projects?per_page=100&page=501":                 {405, `{"error":"Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type Project. Remaining records can be retrieved using keyset pagination."}`},
		"/api/v4/projects?page=0":                                {400, `{"error":"page is invalid"}`},
		"/api/v4/projects?per_page=x":                            {400, `{"error":"per_page is invalid"}`},
		"/api/v4/projects?page=99999999999999999999":             {400, `{"error":"page is invalid"}`},
		"/api/v4/projects?sort=up":                               {400, `{"error":"sort does not have a valid value"}`},
		"/api/v4/projects?order_by=stars":                        {400, `{"error":"order_by does not have a valid value"}`},
		"/api/v4/projects?pagination=keyset&order_by=created_at": {405, `{"error":"Keyset pagination is not yet available for this type of request"}`},
		"/api/v4/groups/nobody/projects":                         {404, `{"message":"404 Group Not Found"}`},
		"/api/v4/groups/9000001/projects":                        {404, `{"message":"404 Group Not Found"}`},
		"/api/v4/users/acme/projects":                            {404, `{"message":"404 User Not Found"}`},
		"/api/v4/projects/1":                                     {404, `{"message":"404 Project Not Found"}`},
		"/api/v4/nothing":                                        {404, `{"error":"404 Not Found"}`},
	} {
		w := get(t, forge, target)
		if w.Code != want.status || want.body != "" && w.Body.String() != want.body {
			t.Errorf("%s: %d %.200s, want %d %s", target, w.Code, w.Body, want.status, want.body)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 1, Token: "glpat-sample"})
	for _, test := range []struct {
		header []string
		status int
	}{
		{nil, 401},
		{[]string{"Private-Token", "wrong"}, 401},
		{[]string{"Authorization", "Basic glpat-sample"}, 401},
		{[]string{"Private-Token", "glpat-sample"}, 200},
		{[]string{"Authorization", "Bearer glpat-sample"}, 200},
	} {
		w := get(t, forge, "/api/v4/user", test.header...)
		if w.Code != test.status {
			t.Errorf("%v: status %d, want %d", test.header, w.Code, test.status)
		}
		if w.Code == 401 && w.Body.String() != `{"message":"401 Unauthorized"}` {
			t.Errorf("body of the 401: %s", w.Body)
		}
	}
}

// The projects are what the documentation promises, at any number of them.
func TestProjectsShowEveryOddity(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 400, Seed: 3})
	seen, paths, size := map[string]bool{}, map[string]bool{}, 0
	last := int64(0)
	for p := range forge.Projects() {
		raw, err := forge.Raw(p.ID)
		if err != nil || !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatalf("project %d: %v: %s", p.ID, err, raw)
		}
		size += len(raw)
		if paths[p.FullPath] || p.ID <= last {
			t.Errorf("%d %s: the path is not unique or the id does not rise", p.ID, p.FullPath)
		}
		paths[p.FullPath], last = true, p.ID
		for oddity, shown := range oddities(p) {
			seen[oddity] = seen[oddity] || shown
		}
	}
	for oddity, shown := range seen {
		if !shown {
			t.Errorf("no project shows: %s", oddity)
		}
	}
	if mean := size / 400; mean < 1000 || mean > 2000 {
		t.Errorf("a record has %d bytes on average", mean)
	}
}

func oddities(p sampleforge.Project) map[string]bool {
	text := p.Name
	if p.Description != nil {
		text += *p.Description
	}
	return map[string]bool{
		"no description":      p.Description == nil,
		"empty description":   p.Description != nil && *p.Description == "",
		"long description":    len(text) > 800,
		"right to left":       strings.Contains(text, "מ"),
		"astral plane":        strings.ContainsFunc(text, func(r rune) bool { return r > 0xffff }),
		"line break":          strings.Contains(text, "\r\n"),
		"quote":               strings.Contains(text, `"`),
		"no default branch":   p.DefaultBranch == nil,
		"archived":            p.Archived,
		"private":             p.Visibility == "private",
		"topics":              len(p.Topics) > 2,
		"no topics":           len(p.Topics) == 0,
		"nested group":        strings.Count(p.FullPath, "/") > 2,
		"id beyond 32 bits":   p.ID > 1<<32,
		"path unlike name":    strings.Contains(p.Path, "."),
		"thousands of stars":  p.Stars > 1000,
		"a user's own":        strings.HasPrefix(p.FullPath, "zoe.mueller/"),
		"created years apart": p.CreatedAt.Year() > 2020,
	}
}

// The same seed gives the same projects; how many there are matters to the
// dates alone.
func TestSameSeedSameProjects(t *testing.T) {
	t.Parallel()
	body := func(seed uint64) string {
		return get(t, sampleforge.New(sampleforge.Options{Projects: 500, Seed: seed}), "/api/v4/projects?per_page=100").Body.String()
	}
	one := body(1)
	if again := body(1); again != one {
		t.Error("the same seed gave other projects")
	}
	if body(2) == one {
		t.Error("another seed gave the same projects")
	}
}

func TestExternalURLEntersRecordsAndLinks(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 50, ExternalURL: "https://wrong.example:8443/"})
	w := get(t, forge, "/api/v4/projects")
	if link := w.Header().Get("Link"); !strings.Contains(link, "<https://wrong.example:8443/api/v4/projects?page=2>") {
		t.Errorf("Link: %s", link)
	}
	if !strings.Contains(w.Body.String(), `"web_url":"https://wrong.example:8443/`) {
		t.Errorf("body: %.300s", w.Body)
	}
}

// Whatever the number of projects: some divide their lifetime into other
// fractions of a second than records can state.
func TestTimesAreThoseThatRecordsState(t *testing.T) {
	t.Parallel()
	forge := sampleforge.New(sampleforge.Options{Projects: 2300, Seed: 1})
	for p := range forge.Projects() {
		for _, at := range []time.Time{p.CreatedAt, p.UpdatedAt} {
			if !at.Equal(at.Truncate(time.Millisecond)) {
				t.Fatalf("project %d: %s is more than its record can state", p.ID, at.Format(time.RFC3339Nano))
			}
		}
	}
}
