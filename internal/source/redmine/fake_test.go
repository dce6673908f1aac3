package redmine_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source/sourcetest"
)

// fake is a Redmine 5.0, as its controllers and queries have it: offset paging,
// a total, and an answer for anyone to whoever shows no key that it knows.
type fake struct {
	*sourcetest.Records

	t *testing.T
	// key is the one that it knows.
	key string
	// restOff switches its REST web service off.
	restOff bool
	// admin is what it says of the key's account.
	admin bool
	// clamp is the largest page; 0 is 100.
	clamp int

	// private are projects that only the account sees.
	private map[int64]bool
	// status is that of projects which are not active.
	status map[int64]int
	// asked counts the requests of each path.
	asked map[string]int
	// onPage is called before each page, with its offset.
	onPage func(offset int)
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, key: key, private: map[int64]bool{}, status: map[int64]int{}, asked: map[string]int{}}
	f.Records = sourcetest.NewRecords(t, ids, f.project)
	return f
}

// project is the body of one, with spaces, escapes and an unknown field: bytes
// that a decoder would change.
func (f *fake) project(id, version int64) string {
	return fmt.Sprintf(`{"id": %d,"name":"Project v%d","identifier":"p-%[1]d","description":"caf\u00e9 \ud83d\ude80","status":%[3]d,`+
		`"parent":{"id":1,"name":"eCookbook"},"is_public":%t , "inherit_members":false,"custom_fields":[{"id":3,"value":null}],`+
		`"x_future":1.50,"created_on":"%s","updated_on":null}`,
		id, version, f.statusOf(id), !f.private[id], created(id).Format(time.RFC3339))
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
	f.Lock()
	defer f.Unlock()
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
		f.Moved()
	}
	if f.clamp != 0 {
		limit = min(limit, f.clamp)
	}
	places := f.visible(strings.Split(q.Get("status"), "|"), known)
	begin := min(offset, len(places))
	page := f.Written(places[begin:min(begin+limit, len(places))])
	_, _ = fmt.Fprintf(w, `{"projects":[%s],"total_count":%d,"offset":%d,"limit":%d}`,
		strings.Join(page, ","), len(places), offset, limit)
}

// visible returns the projects of some statuses in the order of creation.
// Archived ones are shown to nobody.
func (f *fake) visible(statuses []string, known bool) []sourcetest.Place {
	places := []sourcetest.Place{}
	for _, place := range f.Places() {
		status := f.statusOf(place.ID)
		shown := status != 9 && slices.Contains(statuses, strconv.Itoa(status)) && (known || !f.private[place.ID])
		if shown || place.Odd != "" {
			places = append(places, place)
		}
	}
	return places
}
