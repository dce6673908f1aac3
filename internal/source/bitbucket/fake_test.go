package bitbucket_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/source/sourcetest"
)

// fake is a Bitbucket Cloud: pages by number behind an address of its own, a
// filter by created_on, and nothing across workspaces.
type fake struct {
	t *testing.T
	// authorization is the header that requests must show; empty takes all.
	authorization string
	// refuse answers a path with 403 for want of a scope.
	refuse string
	// spaces are the account's workspaces, among which the repositories are
	// dealt out.
	spaces []string
	// quiet leaves out size.
	quiet bool
	// deaf overlooks the filter.
	deaf bool
	// together has so many repositories be created at one moment.
	together int64

	mu       sync.Mutex
	versions map[int64]int64
	odd      map[int64][]string
	sorted   []int64
	requests []string
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, spaces: []string{"acme"}, together: 1, versions: map[int64]int64{}, odd: map[int64][]string{}}
	for _, id := range ids {
		f.Add(id)
	}
	return f
}

// number reads an id of the suite, or one of ours.
func (f *fake) number(id string) int64 {
	base := 10
	if strings.HasPrefix(id, "{") {
		id, base = strings.ReplaceAll(strings.Trim(id, "{}"), "-", ""), 16
	}
	n, err := strconv.ParseInt(id, base, 64)
	if err != nil {
		f.t.Error(err)
	}
	return n
}

func uuid(id int64) string {
	hex := fmt.Sprintf("%032x", id)
	return fmt.Sprintf("{%s-%s-%s-%s-%s}", hex[:8], hex[8:12], hex[12:16], hex[16:20], hex[20:])
}

func (f *fake) created(id int64) time.Time {
	return time.UnixMicro(id / 10 / f.together * 10 * f.together).UTC()
}

func (f *fake) space(id int64) string { return f.spaces[int(id/10)%len(f.spaces)] }

func (f *fake) Add(id string) { f.change(func() { f.versions[f.number(id)] = 1 }) }

func (f *fake) Remove(id string) { f.change(func() { delete(f.versions, f.number(id)) }) }

func (f *fake) Update(id string) { f.change(func() { f.versions[f.number(id)]++ }) }

func (f *fake) AddOdd(after, raw string) {
	f.change(func() { f.odd[f.number(after)] = append(f.odd[f.number(after)], raw) })
}

func (f *fake) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	f.sorted = nil
}

func (f *fake) Truth() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	truth := map[string][]byte{}
	for id := range f.versions {
		truth[uuid(id)] = []byte(f.repository(id))
	}
	return truth
}

func (f *fake) repository(id int64) string {
	return fmt.Sprintf(`{"type": "repository","uuid":%q,"full_name":"%s/p%d","name":"Project %[3]d","description":"caf\u00e9 \ud83d\ude80 v%[4]d",`+
		`"is_private":true,"language":"","created_on":%[5]q,"updated_on":"2026-11-01T10:00:00.000001+00:00","mainbranch":null,"parent":null,`+
		`"links":{"html":{"href":"https:\/\/bitbucket.org\/acme\/p%[3]d"}},"x_future":1.50}`,
		uuid(id), f.space(id), id, f.versions[id], f.created(id).Format("2006-01-02T15:04:05.000000+00:00"))
}

// ServeHTTP routes as Bitbucket does, and refuses what it does not know.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.URL.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	workspace, isList := strings.CutPrefix(r.URL.EscapedPath(), "/2.0/repositories/")
	switch {
	case f.authorization != "" && r.Header.Get("Authorization") != f.authorization:
		fail(w, http.StatusUnauthorized, `"Token is invalid, expired, or not supported for this endpoint."`, "")
	case f.refuse == r.URL.Path:
		fail(w, http.StatusForbidden, `"Your credentials lack one or more required privilege scopes."`,
			`{"granted":["read:pullrequest:bitbucket"],"required":["read:repository:bitbucket"]}`)
	case r.URL.Path == "/2.0/user":
		sourcetest.Allow(f.t, r.URL)
		w.Header().Set("X-Oauth-Scopes", "read:user:bitbucket, read:repository:bitbucket")
		_, _ = w.Write([]byte(`{"type":"user","display_name":"Robot","uuid":"{1}"}`))
	case r.URL.Path == "/2.0/user/workspaces":
		f.workspaces(w, r)
	case r.URL.Path == "/2.0/repositories" || r.URL.Path == "/2.0/workspaces":
		fail(w, http.StatusGone, `"CHANGE-2770 - Functionality has been deprecated"`, `"Please read the changelog entry for more details."`)
	case isList && slices.Contains(f.spaces, workspace):
		f.repositories(w, r, workspace)
	default:
		fail(w, http.StatusNotFound, `"No workspace with identifier"`, "")
	}
}

func fail(w http.ResponseWriter, status int, message, detail string) {
	w.WriteHeader(status)
	if detail == "" {
		detail = "null"
	}
	_, _ = fmt.Fprintf(w, `{"type":"error","error":{"message":%s,"detail":%s}}`, message, detail)
}

func (f *fake) workspaces(w http.ResponseWriter, r *http.Request) {
	sourcetest.Allow(f.t, r.URL, "pagelen", "page")
	elements := []string{}
	for _, name := range f.spaces {
		elements = append(elements, fmt.Sprintf(`{"type":"workspace_access","administrator":false,"workspace":{"type":"workspace_base","slug":%q}}`, name))
	}
	// Pages of one, whatever is asked for: next must be followed.
	f.page(w, r, elements, 1)
}

func (f *fake) repositories(w http.ResponseWriter, r *http.Request, workspace string) {
	q := r.URL.Query()
	sourcetest.Allow(f.t, r.URL, "pagelen", "page", "sort", "q")
	if q.Get("sort") != "created_on" {
		f.t.Errorf("a listing in an order that moves: %s", r.URL)
	}
	size, err := strconv.Atoi(q.Get("pagelen"))
	if err != nil || size < 1 || size > 100 {
		fail(w, http.StatusBadRequest, `"Invalid pagelen"`, "")
		return
	}
	from := time.Time{}
	if q.Has("q") {
		moment, ok := strings.CutPrefix(q.Get("q"), "created_on>=")
		if from, err = time.Parse(time.RFC3339Nano, moment); !ok || err != nil {
			f.t.Errorf("a filter that is none: %s", q.Get("q"))
		}
	}
	elements := []string{}
	for _, id := range f.all() {
		if f.space(id) != workspace || !f.deaf && f.created(id).Before(from) {
			continue
		}
		// Only the shown are written: there may be thousands of others.
		elements = append(append(elements, strconv.FormatInt(id, 10)), f.odd[id]...)
	}
	f.page(w, r, elements, size)
}

// all lists the repositories in the order of their creation.
func (f *fake) all() []int64 {
	if f.sorted == nil {
		f.sorted = slices.Sorted(maps.Keys(f.versions))
	}
	return f.sorted
}

// page writes one page of elements; those that are numbers are repositories.
func (f *fake) page(w http.ResponseWriter, r *http.Request, elements []string, size int) {
	q := r.URL.Query()
	number := 1
	if q.Has("page") {
		number, _ = strconv.Atoi(q.Get("page"))
	}
	begin := min((number-1)*size, len(elements))
	end := min(begin+size, len(elements))
	envelope := fmt.Sprintf(`{"pagelen":%d,"page":%d`, size, number)
	if !f.quiet {
		envelope += fmt.Sprintf(`,"size":%d`, len(elements))
	}
	if end < len(elements) {
		q.Set("page", strconv.Itoa(number+1))
		envelope += fmt.Sprintf(`,"next":"https:\/\/inner.bitbucket.example%s?%s"`, r.URL.Path, q.Encode())
	}
	values := []string{}
	for _, element := range elements[begin:end] {
		if id, err := strconv.ParseInt(element, 10, 64); err == nil {
			element = f.repository(id)
		}
		values = append(values, element)
	}
	_, _ = fmt.Fprintf(w, `%s,"values":[%s]}`, envelope, strings.Join(values, ",\n "))
}
