package jira_test

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

// fake is a Jira of both kinds: the paths tell which one is asked.
type fake struct {
	*sourcetest.Records

	t *testing.T
	// authorization is what requests must show; empty takes all.
	authorization string
	// lenient answers a wrong credential as it does an anonymous user.
	lenient bool
	// clamp is the largest page; 0 is 100.
	clamp int
	// stated replaces the total that pages state, unless it is empty.
	stated string

	requests []url.URL
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	return &fake{Records: sourcetest.NewRecords(t, ids, record), t: t}
}

// record has spaces, escapes and an unknown member: bytes that a decoder would
// change.
func record(id, version int64) string {
	return fmt.Sprintf(`{"expand":"description,lead", "self":"https://example.atlassian.net/rest/api/3/project/%d","id":"%[1]d","key":"K%019[1]d",`+
		`"description":"caf\u00e9 \ud83d\ude80 v%[2]d","name":" Project %[1]d","lead":{"displayName":"Ann"},"url":null,`+
		`"projectCategory":{"id":"1","name":"Retired"},"insight":{"totalIssueCount":%[2]d,"lastIssueUpdateTime":"2022-07-15T09:19:41.802+0000"},"x_future":1.50}`, id, version)
}

// allowed are the parameters that the vendor's reference names for each path.
func allowed() map[string][]string {
	return map[string][]string{
		"/rest/api/3/project/search": {"startAt", "maxResults", "orderBy", "expand", "status"},
		"/rest/api/3/myself":         {},
		"/rest/api/2/project":        {"expand", "includeArchived"},
		"/rest/api/2/myself":         {},
		"/rest/api/2/serverInfo":     {},
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	f.requests = append(f.requests, *r.URL)
	parameters, known := allowed()[r.URL.Path]
	if !known || r.Method != http.MethodGet {
		f.t.Errorf("%s %s is not in the reference", r.Method, r.URL)
	}
	sourcetest.Allow(f.t, r.URL, parameters...)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	visible := f.Places()
	if f.authorization != "" && r.Header.Get("Authorization") != f.authorization && r.URL.Path != "/rest/api/2/serverInfo" {
		if strings.HasSuffix(r.URL.Path, "/myself") || !f.lenient {
			http.Error(w, `{"message":"Client must be authenticated to access this resource.","status-code":401}`, http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Seraph-Loginreason", "AUTHENTICATED_FAILED")
		visible = nil
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/myself"):
		f.write(w, `{"accountId":"5b10","displayName":"Ann Lee","emailAddress":"ann@example.com","active":true}`)
	case strings.HasSuffix(path, "/serverInfo"):
		f.write(w, `{"version":"9.12.15","deploymentType":"Server"}`)
	case strings.HasSuffix(path, "/search"):
		f.search(w, r.URL.Query(), visible)
	default:
		// Data Center lists by name; any order that is not that of the ids.
		elements := f.Written(visible)
		slices.Reverse(elements)
		f.write(w, "["+strings.Join(elements, ",\n ")+"]")
	}
}

// countRecords leaves out what is no project.
func countRecords(places []sourcetest.Place) int {
	count := 0
	for _, place := range places {
		if place.Odd == "" {
			count++
		}
	}
	return count
}

// search gives a page of the projects in the order of their keys, which is that
// of the ids here.
func (f *fake) search(w http.ResponseWriter, q url.Values, visible []sourcetest.Place) {
	if q.Get("orderBy") != "key" {
		f.t.Errorf("a listing in an order that moves: %v", q)
	}
	start, errStart := strconv.Atoi(q.Get("startAt"))
	size, errSize := strconv.Atoi(q.Get("maxResults"))
	if errStart != nil || errSize != nil || start < 0 || size < 1 || size > 100 {
		f.t.Errorf("startAt and maxResults are %q and %q", q.Get("startAt"), q.Get("maxResults"))
		return
	}
	if f.clamp != 0 {
		size = min(size, f.clamp)
	}
	begin := min(start, len(visible))
	end := min(begin+size, len(visible))
	stated := strconv.Itoa(countRecords(visible))
	if f.stated != "" {
		stated = f.stated
	}
	f.write(w, fmt.Sprintf(`{"self":"https://inner:8080/x","nextPage":"https://elsewhere.example/rest/api/3/project/search","maxResults":%d,"startAt":%d,"total":%s,"isLast":%t,"values":[%s]}`,
		size, start, stated, end == len(visible), strings.Join(f.Written(visible[begin:end]), ", ")))
}

func (f *fake) write(w http.ResponseWriter, body string) {
	if _, err := w.Write([]byte(body)); err != nil && f.t.Context().Err() == nil {
		f.t.Log(err)
	}
}
