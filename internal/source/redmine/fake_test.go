package redmine_test

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
	"time"
)

// fake is a Redmine 5.0, as its controllers and queries have it: offset paging,
// a total, and an answer for anyone to whoever shows no key that it knows.
type fake struct {
	t *testing.T
	// key is the one that it knows.
	key string
	// restOff switches its REST web service off.
	restOff bool
	// admin is what it says of the key's account.
	admin bool
	// clamp is the largest page; 0 is 100.
	clamp int

	mu       sync.Mutex
	versions map[int64]int64
	// private are projects that only the account sees.
	private map[int64]bool
	// status is that of projects which are not active.
	status map[int64]int
	// odd are elements shown after the project with an id.
	odd map[int64][]string
	// asked counts the requests of each path.
	asked map[string]int
	// onPage is called before each page, with its offset.
	onPage func(offset int)
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{
		t: t, key: key, versions: map[int64]int64{}, private: map[int64]bool{}, status: map[int64]int{},
		odd: map[int64][]string{}, asked: map[string]int{},
	}
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
		truth[strconv.FormatInt(id, 10)] = []byte(f.project(id))
	}
	return truth
}

// project is the body of one, with spaces, escapes and an unknown field: bytes
// that a decoder would change.
func (f *fake) project(id int64) string {
	return fmt.Sprintf(`{"id": %d,"name":"Project v%d","identifier":"p-%[1]d","description":"caf\u00e9 \ud83d\ude80","status":%[3]d,`+
		`"parent":{"id":1,"name":"eCookbook"},"is_public":%t , "inherit_members":false,"custom_fields":[{"id":3,"value":null}],`+
		`"x_future":1.50,"created_on":"%s","updated_on":null}`,
		id, f.versions[id], f.statusOf(id), !f.private[id], created(id).Format(time.RFC3339))
}

func (f *fake) statusOf(id int64) int {
	if status, ok := f.status[id]; ok {
		return status
	}
	return 1
}

// created orders the projects as their ids do, some of them in one second.
func created(id int64) time.Time {
	base := int64(0)
	year := 2006
	for _, big := range []int64{9007199254740992, 1 << 55} {
		if id >= big {
			base, year = big, year+10
		}
	}
	return time.Date(year, 7, 19, 17, 13, 59, 0, time.UTC).Add(time.Duration((id-base)/25) * time.Second)
}

// ServeHTTP serves the two addresses that the source may ask.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[r.URL.Path]++
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	known := !f.restOff && r.Header.Get("X-Redmine-Api-Key") == f.key
	switch {
	case r.Method != http.MethodGet:
		f.t.Errorf("%s %s changes something", r.Method, r.URL)
	case r.URL.Path == "/users/current.json":
		f.validate(r.URL, nil)
		f.current(w, known)
	case r.URL.Path == "/projects.json":
		f.validate(r.URL, map[string]string{
			"offset": "", "limit": "", "sort": "created_on:asc,identifier:asc", "status": "",
		})
		f.projects(w, r.URL.Query(), known)
	default:
		w.Header().Set("Content-Type", "text/html")
		http.Error(w, "<html>Page not found", http.StatusNotFound)
	}
}

// validate refuses every parameter that Redmine would overlook, and those
// allowed with another value than they must have.
func (f *fake) validate(u *url.URL, allowed map[string]string) {
	for name, values := range u.Query() {
		want, ok := allowed[name]
		if !ok || len(values) != 1 || want != "" && values[0] != want {
			f.t.Errorf("%s: the parameter %s is not one of Redmine's, or has another value than %q", u, name, want)
		}
	}
	for name := range allowed {
		if !u.Query().Has(name) {
			f.t.Errorf("%s: the parameter %s is missing", u, name)
		}
	}
}

func (f *fake) current(w http.ResponseWriter, known bool) {
	switch {
	case f.restOff:
		w.WriteHeader(http.StatusForbidden)
	case !known:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		_, _ = fmt.Fprintf(w, `{"user":{"id":5,"login":"ann","admin":%t,"api_key":%q}}`, f.admin, f.key)
	}
}

func (f *fake) projects(w http.ResponseWriter, q url.Values, known bool) {
	offset, err := strconv.Atoi(q.Get("offset"))
	limit, errLimit := strconv.Atoi(q.Get("limit"))
	if err != nil || errLimit != nil || offset < 0 || limit < 1 || limit > 100 {
		f.t.Errorf("Redmine would overlook the offset or limit of %s", q.Encode())
	}
	if f.onPage != nil {
		f.onPage(offset)
	}
	if f.clamp != 0 {
		limit = min(limit, f.clamp)
	}
	elements := f.visible(strings.Split(q.Get("status"), "|"), known)
	begin := min(offset, len(elements))
	page := elements[begin:min(begin+limit, len(elements))]
	_, _ = fmt.Fprintf(w, `{"projects":[%s],"total_count":%d,"offset":%d,"limit":%d}`,
		strings.Join(page, ","), len(elements), offset, limit)
}

// visible returns the projects of some statuses in the order of creation.
// Archived ones are shown to nobody.
func (f *fake) visible(statuses []string, known bool) []string {
	elements := []string{}
	for _, id := range slices.Sorted(maps.Keys(f.versions)) {
		status := f.statusOf(id)
		if status != 9 && slices.Contains(statuses, strconv.Itoa(status)) && (known || !f.private[id]) {
			elements = append(elements, f.project(id))
		}
		elements = append(elements, f.odd[id]...)
	}
	return elements
}
