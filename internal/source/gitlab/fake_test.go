package gitlab_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/source/sourcetest"
)

// fake is a GitLab with the paging of the real one: keyset for the instance,
// offset for all, as app/controllers and lib/gitlab/pagination have it.
type fake struct {
	*sourcetest.Records

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

	requests []url.URL
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t}
	f.Records = sourcetest.NewRecords(t, ids, f.project)
	return f
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
	f.Lock()
	defer f.Unlock()
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
func (f *fake) between(after, before int64) []sourcetest.Place {
	inside := []sourcetest.Place{}
	for _, place := range f.Places() {
		id := place.ID
		if place.Odd != "" {
			id++ // the service knows the id that an odd element does not show
		}
		if id > after && (before == 0 || id < before) {
			inside = append(inside, place)
		}
	}
	return inside
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
	places := f.between(after, before)
	size := f.perPage(q)
	if len(places) > size {
		places = places[:size]
		if last := places[size-1]; last.Odd == "" && !f.quiet {
			q.Set("id_after", strconv.FormatInt(last.ID, 10))
			w.Header().Set("Link", fmt.Sprintf("<http://inner:8080%s?%s>; rel=\"next\"", r.URL.Path, q.Encode()))
		}
	}
	f.write(w, places)
}

func (f *fake) offset(w http.ResponseWriter, r *http.Request, q url.Values) {
	places := slices.Clone(f.Places())
	if r.URL.Path != "/api/v4/projects" && q.Has("id_after") {
		f.t.Errorf("a group knows no id_after: %s", r.URL)
	}
	total, size := len(f.Versions), f.perPage(q)
	if q.Get("sort") == "desc" {
		slices.Reverse(places)
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
	if page*size < len(places) {
		next = strconv.Itoa(page + 1)
	}
	if !f.quiet {
		w.Header()["X-Next-Page"] = []string{next}
		w.Header().Set("X-Per-Page", strconv.Itoa(size))
		w.Header().Set("X-Total", strconv.Itoa(total))
	}
	begin := min((page-1)*size, len(places))
	f.write(w, places[begin:min(begin+size, len(places))])
}

func (f *fake) write(w http.ResponseWriter, places []sourcetest.Place) {
	_, _ = w.Write([]byte("[" + strings.Join(f.Written(places), ",\n ") + "]\n"))
}
