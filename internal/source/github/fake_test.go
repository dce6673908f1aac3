package github_test

import (
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

// api is where GitHub Enterprise Server serves what GitHub.com serves at /.
const api = "/api/v3"

// fake is a GitHub with the paging of the real one.
type fake struct {
	t *testing.T
	// token is what requests must show; empty takes all.
	token string
	// installation verifies what an App sends; nil knows no App.
	installation *installation
	// quiet leaves out the Link header, as a proxy may.
	quiet bool
	// clamp is the largest page; 0 is 100. In the public listing it is the size.
	clamp int
	// split parts the repositories among two organizations.
	split bool
	// header is sent with each listing.
	header http.Header
	// record makes the body of a repository; nil is repository.
	record func(id, version int64) string

	mu       sync.Mutex
	versions map[int64]int64
	ids      []int64
	// odd are elements shown after the repository with an id.
	odd      map[int64][]string
	requests []url.URL
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, versions: map[int64]int64{}, odd: map[int64][]string{}}
	for _, id := range ids {
		f.versions[number(t, id)] = 1
	}
	f.change(func() {})
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
	f.ids = slices.Sorted(maps.Keys(f.versions))
}

func (f *fake) Truth() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	truth := map[string][]byte{}
	for id := range f.versions {
		truth[strconv.FormatInt(id, 10)] = []byte(f.render(id))
	}
	return truth
}

func (f *fake) render(id int64) string {
	if f.record != nil {
		return f.record(id, f.versions[id])
	}
	// Spaces, escapes and an unknown field: bytes that a decoder would change.
	return fmt.Sprintf(`{"id": %d,"name":"p%[1]d","full_name":"acme/v%[2]d-p%[1]d" , "description":"caf\u00e9 \ud83d\ude80 v%[2]d",`+
		`"owner":{"login":"acme","id":1},"private":true,"html_url":"https://github.com/acme/p%[1]d","fork":false,"language":null,`+
		`"created_at":"2011-01-26T19:01:12Z","updated_at":"2011-01-26T19:14:43Z","pushed_at":null,"topics":["a","b"],`+
		`"stargazers_count":%[2]d,"forks_count":0,"license":null,"archived":false,"x_future":1.50}`, id, f.versions[id])
}

// element is a repository, or an odd element after it.
type element struct {
	id  int64
	odd string
}

// elements lists what a listing has, in the order of creation.
func (f *fake) elements(keep func(id int64) bool) []element {
	list := []element{}
	for _, id := range f.ids {
		if !keep(id) {
			continue
		}
		list = append(list, element{id: id})
		for _, odd := range f.odd[id] {
			list = append(list, element{id: id, odd: odd})
		}
	}
	return list
}

// ServeHTTP serves the listings, and who asks.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, *r.URL)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if got := r.Header.Get("Accept") + " " + r.Header.Get("X-Github-Api-Version"); got != "application/vnd.github+json 2022-11-28" {
		f.t.Errorf("the request's version is %q", got)
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), api)
	if f.installation != nil && strings.HasPrefix(path, "/app/") {
		f.installation.serve(f.t, w, r, path)
		return
	}
	if auth := r.Header.Get("Authorization"); !f.knows(auth) {
		refuse(w, http.StatusUnauthorized, "Bad credentials")
		return
	}
	maps.Copy(w.Header(), f.header)
	f.list(w, r, path)
}

func (f *fake) knows(auth string) bool {
	if f.installation != nil {
		return f.installation.knows(auth)
	}
	return f.token == "" || auth == "Bearer "+f.token
}

// list serves one of the listings, whose parameters are the only ones it takes.
func (f *fake) list(w http.ResponseWriter, r *http.Request, path string) {
	all := func(int64) bool { return true }
	odd := func(id int64) bool { return id/10%2 == 1 }
	switch path {
	case "/orgs/acme/repos":
		f.numbered(w, r, "[", "]", func(id int64) bool { return !f.split || !odd(id) }, "type", "sort", "direction")
	case "/orgs/beta/repos":
		f.numbered(w, r, "[", "]", odd, "type", "sort", "direction")
	case "/orgs/old/repos":
		w.Header().Set("Location", api+"/organizations/1/repos?"+r.URL.RawQuery)
		refuse(w, http.StatusMovedPermanently, "Moved Permanently")
	case "/organizations/1/repos":
		f.numbered(w, r, "[", "]", all, "type", "sort", "direction")
	case "/users/ann/repos":
		f.numbered(w, r, "[", "]", all, "type", "sort", "direction")
	case "/user/repos":
		f.numbered(w, r, "[", "]", f.since(r), "visibility", "affiliation", "type", "sort", "direction", "since", "before")
	case "/installation/repositories":
		total := len(f.elements(all))
		f.numbered(w, r, fmt.Sprintf(`{"total_count":%d,"repository_selection":"all","repositories":[`, total), "]}", all)
	case "/repositories":
		f.keyset(w, r)
	case "/user":
		_, _ = w.Write([]byte(`{"login":"octocat","id":1}`))
	default:
		refuse(w, http.StatusNotFound, "Not Found")
	}
}

// since keeps what has a newer version, if the request says since.
func (f *fake) since(r *http.Request) func(int64) bool {
	return func(id int64) bool { return !r.URL.Query().Has("since") || f.versions[id] > 1 }
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, message)
}

// allow fails the test for a parameter that GitHub does not know.
func (f *fake) allow(q url.Values, names ...string) {
	for name := range q {
		if !slices.Contains(names, name) {
			f.t.Errorf("%s is no parameter of this listing", name)
		}
	}
}

func (f *fake) numbered(w http.ResponseWriter, r *http.Request, open, end string, keep func(int64) bool, params ...string) {
	q := r.URL.Query()
	f.allow(q, append(params, "per_page", "page")...)
	if slices.Contains(params, "sort") && (q.Get("sort") != "created" || q.Get("direction") != "asc") {
		f.t.Errorf("a listing in an order that moves: %s", r.URL)
	}
	size, err := strconv.Atoi(q.Get("per_page"))
	if err != nil {
		size = 30
	}
	if size = min(size, 100); f.clamp > 0 {
		size = min(size, f.clamp)
	}
	page := 1
	if q.Has("page") {
		page, _ = strconv.Atoi(q.Get("page"))
	}
	list := f.elements(keep)
	if pages := (len(list) + size - 1) / size; !f.quiet {
		link(w, r, q, page, pages)
	}
	begin := min((page-1)*size, len(list))
	f.write(w, open, end, list[begin:min(begin+size, len(list))])
}

// link is GitHub's header: absent when there is one page, and of a host that
// only a proxy's inside knows.
func link(w http.ResponseWriter, r *http.Request, q url.Values, page, pages int) {
	links := []string{}
	add := func(rel string, to int) {
		q.Set("page", strconv.Itoa(to))
		links = append(links, fmt.Sprintf(`<http://inner:8080%s?%s>; rel="%s"`, r.URL.Path, q.Encode(), rel))
	}
	if page > 1 {
		add("prev", page-1)
	}
	if page < pages {
		add("next", page+1)
		add("last", pages)
	}
	if page > 1 {
		add("first", 1)
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}

func (f *fake) keyset(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.allow(q, "since")
	since, _ := strconv.ParseInt(q.Get("since"), 10, 64)
	// The service knows the id that an odd element does not show.
	list := slices.DeleteFunc(f.elements(func(int64) bool { return true }), func(e element) bool {
		return e.odd == "" && e.id <= since || e.odd != "" && e.id+1 <= since
	})
	size := f.clamp
	if size == 0 {
		size = 100
	}
	if len(list) > size {
		list = list[:size]
		if last := list[size-1]; !f.quiet {
			if last.odd != "" {
				last.id++
			}
			w.Header().Set("Link", fmt.Sprintf(`<http://inner:8080%s?since=%d>; rel="next", <http://inner:8080%[1]s{?since}>; rel="first"`, r.URL.Path, last.id))
		}
	}
	f.write(w, "[", "]", list)
}

func (f *fake) write(w http.ResponseWriter, open, end string, list []element) {
	shown := make([]string, len(list))
	for i, e := range list {
		if shown[i] = e.odd; e.odd == "" {
			shown[i] = f.render(e.id)
		}
	}
	_, _ = w.Write([]byte(open + strings.Join(shown, ",\n ") + end + "\n"))
}
