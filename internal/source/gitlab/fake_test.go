package gitlab_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a GitLab with the paging of the real one: keyset for the instance,
// offset for all, as app/controllers and lib/gitlab/pagination have it.
type fake struct {
	t *testing.T
	// token is what requests must show; empty takes all.
	token string
	// quiet leaves out the headers that GitLab leaves out of long listings,
	// and those that a proxy may drop.
	quiet bool
	// clamp is the largest page; 0 is 100.
	clamp int
	// record makes the body of a project; nil is realProject.
	record func(id, version int64) string

	mu       sync.Mutex
	versions map[int64]int64
	// odd are elements shown after the project with an id.
	odd      map[int64][]string
	requests []url.URL
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, versions: map[int64]int64{}, odd: map[int64][]string{}}
	for _, id := range ids {
		f.Add(id)
	}
	return f
}

func number(t *testing.T, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.Error(err)
	}
	return n
}

func (f *fake) Add(id string) { f.change(func() { f.versions[number(f.t, id)] = 1 }) }

func (f *fake) Remove(id string) { f.change(func() { delete(f.versions, number(f.t, id)) }) }

func (f *fake) Update(id string) { f.change(func() { f.versions[number(f.t, id)]++ }) }

func (f *fake) AddOdd(after, raw string) {
	f.change(func() { f.odd[number(f.t, after)] = append(f.odd[number(f.t, after)], raw) })
}

func (f *fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

func (f *fake) Truth() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	truth := map[string][]byte{}
	for id, version := range f.versions {
		truth[strconv.FormatInt(id, 10)] = []byte(f.project(id, version))
	}
	return truth
}

func (f *fake) project(id, version int64) string {
	if f.record != nil {
		return f.record(id, version)
	}
	// Spaces, escapes and an unknown field: bytes that a decoder would change.
	return fmt.Sprintf(`{"id": %d,"description":"caf\u00e9 \ud83d\ude80 v%d","name":"Project %d","path":"p%[1]d",`+
		`"path_with_namespace":"acme/v%[2]d/p%[1]d" , "created_at":"2015-03-03T18:37:05.387Z","default_branch":null,`+
		`"topics":["a","b"],"star_count":%[2]d,"forks_count":0,"last_activity_at":"2026-11-01T10:00:00.000+02:00",`+
		`"namespace":{"id":1,"full_path":"acme","kind":"group"},"archived":false,"visibility":"private","x_future":1.50}`, id, version, id)
}

// ServeHTTP serves the three listings.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, *r.URL)
	w.Header().Set("Content-Type", "application/json")
	if f.token != "" && r.Header.Get("Private-Token") != f.token && r.Header.Get("Authorization") != "Bearer "+f.token {
		http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
		return
	}
	switch r.URL.EscapedPath() {
	case "/api/v4/projects", "/api/v4/groups/acme%2Fsub/projects", "/api/v4/users/ann/projects":
	default:
		http.Error(w, `{"message":"404 Not Found"}`, http.StatusNotFound)
		return
	}
	q := r.URL.Query()
	if q.Get("order_by") != "id" {
		f.t.Errorf("a listing in an order that moves: %s", r.URL)
	}
	if q.Get("pagination") == "keyset" {
		f.keyset(w, r, q)
		return
	}
	f.offset(w, r, q)
}

// between returns the elements with ids inside the bounds, ascending.
func (f *fake) between(after, before int64) []string {
	elements := []string{}
	for _, id := range slices.Sorted(maps.Keys(f.versions)) {
		if id > after && (before == 0 || id < before) {
			elements = append(elements, f.project(id, f.versions[id]))
		}
		// The service knows the id that an odd element does not show.
		if hidden := id + 1; hidden > after && (before == 0 || hidden < before) {
			elements = append(elements, f.odd[id]...)
		}
	}
	return elements
}

func (f *fake) perPage(q url.Values) int {
	size, err := strconv.Atoi(q.Get("per_page"))
	if err != nil {
		size = 20
	}
	if f.clamp == 0 {
		return min(size, 100)
	}
	return min(size, f.clamp)
}

func (f *fake) keyset(w http.ResponseWriter, r *http.Request, q url.Values) {
	after, _ := strconv.ParseInt(q.Get("id_after"), 10, 64)
	before, _ := strconv.ParseInt(q.Get("id_before"), 10, 64)
	elements := f.between(after, before)
	size := f.perPage(q)
	if len(elements) > size {
		elements = elements[:size]
		if !f.quiet {
			var last struct {
				ID int64 `json:"id"`
			}
			_ = json.Unmarshal([]byte(elements[size-1]), &last)
			if q.Set("id_after", strconv.FormatInt(last.ID, 10)); last.ID != 0 {
				w.Header().Set("Link", fmt.Sprintf("<http://inner:8080%s?%s>; rel=\"next\"", r.URL.Path, q.Encode()))
			}
		}
	}
	f.write(w, elements)
}

func (f *fake) offset(w http.ResponseWriter, r *http.Request, q url.Values) {
	elements := f.between(0, 0)
	if r.URL.Path != "/api/v4/projects" && q.Has("id_after") {
		f.t.Errorf("a group knows no id_after: %s", r.URL)
	}
	total, size := len(f.versions), f.perPage(q)
	if q.Get("sort") == "desc" {
		slices.Reverse(elements)
	}
	page := 1
	if q.Has("page") {
		page, _ = strconv.Atoi(q.Get("page"))
	}
	if page*size > 50_000 {
		w.WriteHeader(http.StatusMethodNotAllowed)
		_, _ = w.Write([]byte(`{"error":"Offset pagination has a maximum allowed offset of 50000 for requests that return objects of type Project. Remaining records can be retrieved using keyset pagination."}`))
		return
	}
	next := ""
	if page*size < len(elements) {
		next = strconv.Itoa(page + 1)
	}
	if !f.quiet {
		w.Header()["X-Next-Page"] = []string{next}
		w.Header().Set("X-Per-Page", strconv.Itoa(size))
		w.Header().Set("X-Total", strconv.Itoa(total))
	}
	begin := min((page-1)*size, len(elements))
	f.write(w, elements[begin:min(begin+size, len(elements))])
}

func (f *fake) write(w http.ResponseWriter, elements []string) {
	_, _ = w.Write([]byte("[" + strings.Join(elements, ",\n ") + "]\n"))
}
