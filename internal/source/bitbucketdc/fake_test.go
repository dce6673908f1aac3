package bitbucketdc_test

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

// fake is a Bitbucket Data Center: it pages by places of its own, among which
// are repositories that the account may not see.
type fake struct {
	*sourcetest.Records

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

	requests []string
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, user: "robot", clamp: 1000, projects: []string{"ACME"}}
	f.Records = sourcetest.NewRecords(t, ids, f.repository)
	return f
}

func (f *fake) project(id int64) string { return f.projects[int(id/10)%len(f.projects)] }

func (f *fake) repository(id, version int64) string {
	return fmt.Sprintf(`{"slug":"p%d","id": %[1]d,"name":"Project %[1]d","description":"caf\u00e9 \ud83d\ude80 v%[2]d","hierarchyId":"e3c9","scmId":"git",`+
		`"state":"AVAILABLE","statusMessage":"Available","forkable":true,"project":{"key":%[3]q,"id":1,"name":"Acme","public":false,"type":"NORMAL"},`+
		`"public":false,"archived":false,"links":{"clone":[],"self":[{"href":"https://git.example.com/projects/%[3]s/repos/p%[1]d/browse"}]},"x_future":1.50}`,
		id, version, f.project(id))
}

// ServeHTTP routes as Bitbucket does, and refuses what it does not know.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
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
		sourcetest.Allow(f.t, r.URL)
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

func (f *fake) list(w http.ResponseWriter, r *http.Request, key string) {
	q := r.URL.Query()
	sourcetest.Allow(f.t, r.URL, "start", "limit", "archived")
	if !slices.Contains([]string{"ALL", "ACTIVE", "ARCHIVED"}, q.Get("archived")) {
		f.t.Errorf("archived=%s", q.Get("archived"))
	}
	start, errStart := strconv.Atoi(q.Get("start"))
	limit, errLimit := strconv.Atoi(q.Get("limit"))
	if errStart != nil || errLimit != nil || start < 0 || limit < 1 {
		f.t.Errorf("a page that is none: %s", r.URL)
	}
	limit = min(limit, f.clamp)
	shown, at, next := []sourcetest.Place{}, 0, -1
	for _, place := range f.Places() {
		if key != "" && f.project(place.ID) != key {
			continue
		}
		at += f.hidden
		if at >= start && len(shown) == limit {
			next = at
			break
		}
		if at >= start {
			shown = append(shown, place)
		}
		at++
	}
	more := `"isLastPage":true,"nextPageStart":null`
	if next >= 0 {
		more = fmt.Sprintf(`"isLastPage":false,"nextPageStart":%d`, next)
	}
	_, _ = fmt.Fprintf(w, `{"size":%d,"limit":%d,%s,"values":[%s],"start":%d}`, len(shown), limit, more, strings.Join(f.Written(shown), ",\n "), start)
}
