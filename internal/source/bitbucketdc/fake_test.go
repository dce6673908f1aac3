package bitbucketdc_test

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

// fake is a Bitbucket Data Center: it pages by places of its own, among which
// are repositories that the account may not see.
type fake struct {
	t *testing.T
	// authorization is the header that requests must show; empty takes all.
	authorization string
	// user is whom the answers name.
	user string
	// clamp is the largest page.
	clamp int
	// hidden counts the places before each repository that are not shown.
	hidden int
	// projects are among which the repositories are dealt out.
	projects []string

	mu       sync.Mutex
	versions map[int64]int64
	odd      map[int64][]string
	requests []string
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, user: "robot", clamp: 1000, projects: []string{"ACME"}, versions: map[int64]int64{}, odd: map[int64][]string{}}
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
	for id := range f.versions {
		truth[strconv.FormatInt(id, 10)] = []byte(f.repository(id))
	}
	return truth
}

func (f *fake) project(id int64) string { return f.projects[int(id/10)%len(f.projects)] }

func (f *fake) repository(id int64) string {
	return fmt.Sprintf(`{"slug":"p%d","id": %[1]d,"name":"Project %[1]d","description":"caf\u00e9 \ud83d\ude80 v%[2]d","hierarchyId":"e3c9","scmId":"git",`+
		`"state":"AVAILABLE","statusMessage":"Available","forkable":true,"project":{"key":%[3]q,"id":1,"name":"Acme","public":false,"type":"NORMAL"},`+
		`"public":false,"archived":false,"links":{"clone":[],"self":[{"href":"https://git.example.com/projects/%[3]s/repos/p%[1]d/browse"}]},"x_future":1.50}`,
		id, f.versions[id], f.project(id))
}

// ServeHTTP routes as Bitbucket does, and refuses what it does not know.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.URL.String())
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	if f.authorization != "" && r.Header.Get("Authorization") != f.authorization {
		fail(w, http.StatusUnauthorized, "Authentication failed. Please check your credentials and try again.")
		return
	}
	if f.user != "" {
		w.Header().Set("X-Ausername", url.PathEscape(f.user))
	}
	if r.URL.Path == "/rest/api/1.0/application-properties" {
		f.allow(r.URL.Query())
		_, _ = w.Write([]byte(`{"version":"9.4.1","buildNumber":"9004001","buildDate":"1734000000000","displayName":"Bitbucket"}`))
		return
	}
	if r.URL.Path == "/rest/api/1.0/repos" {
		f.list(w, r, "")
		return
	}
	for _, key := range f.projects {
		if r.URL.Path == "/rest/api/1.0/projects/"+key+"/repos" {
			f.list(w, r, key)
			return
		}
	}
	fail(w, http.StatusNotFound, "Project NOPE does not exist.")
}

func fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"errors":[{"context":null,"message":%q,"exceptionName":null}]}`, message)
}

// allow fails the test for parameters that Bitbucket would overlook.
func (f *fake) allow(q url.Values, names ...string) {
	for name := range q {
		if !slices.Contains(names, name) {
			f.t.Errorf("%s is no parameter of this request", name)
		}
	}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request, key string) {
	q := r.URL.Query()
	f.allow(q, "start", "limit", "archived")
	if !slices.Contains([]string{"ALL", "ACTIVE", "ARCHIVED"}, q.Get("archived")) {
		f.t.Errorf("archived=%s", q.Get("archived"))
	}
	start, errStart := strconv.Atoi(q.Get("start"))
	limit, errLimit := strconv.Atoi(q.Get("limit"))
	if errStart != nil || errLimit != nil || start < 0 || limit < 1 {
		f.t.Errorf("a page that is none: %s", r.URL)
	}
	limit = min(limit, f.clamp)
	shown, at, next := []string{}, 0, -1
	for _, element := range f.elements(key) {
		at += f.hidden
		if at >= start && len(shown) == limit {
			next = at
			break
		}
		if at >= start {
			shown = append(shown, f.written(element))
		}
		at++
	}
	more := `"isLastPage":true,"nextPageStart":null`
	if next >= 0 {
		more = fmt.Sprintf(`"isLastPage":false,"nextPageStart":%d`, next)
	}
	_, _ = fmt.Fprintf(w, `{"size":%d,"limit":%d,%s,"values":[%s],"start":%d}`, len(shown), limit, more, strings.Join(shown, ",\n "), start)
}

// elements lists the places that are shown; those that are numbers are
// repositories.
func (f *fake) elements(key string) []string {
	elements := []string{}
	for _, id := range slices.Sorted(maps.Keys(f.versions)) {
		if key == "" || f.project(id) == key {
			elements = append(append(elements, strconv.FormatInt(id, 10)), f.odd[id]...)
		}
	}
	return elements
}

func (f *fake) written(element string) string {
	if id, err := strconv.ParseInt(element, 10, 64); err == nil {
		return f.repository(id)
	}
	return element
}
