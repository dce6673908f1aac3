package github_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/source/sourcetest"
)

// api is where GitHub Enterprise Server serves what GitHub.com serves at /.
const api = "/api/v3"

// fake is a GitHub with the paging of the real one.
type fake struct {
	*sourcetest.Records

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

	requests []url.URL
	// confirmed counts the answers with 304.
	confirmed int
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t}
	f.Records = sourcetest.NewRecords(t, ids, f.render)
	return f
}

func (f *fake) render(id, version int64) string {
	if f.record != nil {
		return f.record(id, version)
	}
	// Spaces, escapes and an unknown field: bytes that a decoder would change.
	return fmt.Sprintf(`{"id": %d,"name":"p%[1]d","full_name":"acme/v%[2]d-p%[1]d" , "description":"caf\u00e9 \ud83d\ude80 v%[2]d",`+
		`"owner":{"login":"acme","id":1},"private":true,"html_url":"https://github.com/acme/p%[1]d","fork":false,"language":null,`+
		`"created_at":"2011-01-26T19:01:12Z","updated_at":"2011-01-26T19:14:43Z","pushed_at":null,"topics":["a","b"],`+
		`"stargazers_count":%[2]d,"forks_count":0,"license":null,"archived":false,"x_future":1.50}`, id, version)
}

// elements lists what a listing has, in the order of creation.
func (f *fake) elements(keep func(id int64) bool) []sourcetest.Place {
	return slices.DeleteFunc(slices.Clone(f.Places()), func(p sourcetest.Place) bool { return !keep(p.ID) })
}

// ServeHTTP serves the listings, and who asks.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
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
	return func(id int64) bool { return !r.URL.Query().Has("since") || f.Versions[id] > 1 }
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, message)
}

func (f *fake) numbered(w http.ResponseWriter, r *http.Request, open, end string, keep func(int64) bool, params ...string) {
	q := r.URL.Query()
	sourcetest.Allow(f.t, r.URL, append(params, "per_page", "page")...)
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
	f.write(w, r, open, end, list[begin:min(begin+size, len(list))])
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
	sourcetest.Allow(f.t, r.URL, "since")
	since, _ := strconv.ParseInt(q.Get("since"), 10, 64)
	// The service knows the id that an odd element does not show.
	list := slices.DeleteFunc(slices.Clone(f.Places()), func(p sourcetest.Place) bool {
		return p.Odd == "" && p.ID <= since || p.Odd != "" && p.ID+1 <= since
	})
	size := f.clamp
	if size == 0 {
		size = 100
	}
	if len(list) > size {
		list = list[:size]
		if last := list[size-1]; !f.quiet {
			if last.Odd != "" {
				last.ID++
			}
			w.Header().Set("Link", fmt.Sprintf(`<http://inner:8080%s?since=%d>; rel="next", <http://inner:8080%[1]s{?since}>; rel="first"`, r.URL.Path, last.ID))
		}
	}
	f.write(w, r, "[", "]", list)
}

// write answers with a page, or confirms it. The ETag is one of the body and the
// token, as GitHub's is: that more follows, it does not tell. Nor does a 304 have
// to say it again.
func (f *fake) write(w http.ResponseWriter, r *http.Request, open, end string, list []sourcetest.Place) {
	body := open + strings.Join(f.Written(list), ",\n ") + end + "\n"
	etag := fmt.Sprintf(`W/"%x"`, sha256.Sum256([]byte(r.Header.Get("Authorization")+body)))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		f.confirmed++
		w.Header().Del("Link")
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write([]byte(body))
}
