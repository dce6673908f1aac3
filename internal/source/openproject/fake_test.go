package openproject_test

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

// fake is an OpenProject with the paging, authentication and rights of the real
// one, as lib/api/decorators/offset_paginated_collection.rb, the strategies of
// warden and ProjectQuery have them.
type fake struct {
	*sourcetest.Records

	t *testing.T
	// token is the one that it knows.
	token string
	// basicOff overlooks basic authentication, which leaves an anonymous user.
	basicOff bool
	// loginRequired refuses anonymous users.
	loginRequired bool
	// admin is what it says of the token's account.
	admin bool
	// clamp is the largest page; 0 is 1000.
	clamp int

	// private are projects that only the account sees, and archived ones those
	// that only an administrator sees.
	private, archived map[int64]bool
	// pages counts the pages that were asked for.
	pages int
	// onPage is called before each page, with its number.
	onPage func(page int)
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, token: token, admin: true, private: map[int64]bool{}, archived: map[int64]bool{}}
	f.Records = sourcetest.NewRecords(t, ids, f.project)
	return f
}

// project is the body of one, with spaces, escapes and an unknown field: bytes
// that a decoder would change.
func (f *fake) project(id, version int64) string {
	return fmt.Sprintf(`{"_type":"Project", "id":%d,"identifier":"p-%[1]d","name":"Project v%[2]d","active":%[3]t,"public":%[4]t,`+
		`"description":{"format":"markdown","raw":"caf\u00e9 \ud83d\ude80","html":"<p>caf\u00e9</p>"},"x_future":1.50,`+
		`"createdAt":"2014-05-21T08:51:20.396Z","updatedAt":null,"_links":{"self":{"href":"/api/v3/projects/%[1]d"},"parent":{"href":null}}}`,
		id, version, !f.archived[id], !f.private[id])
}

// ServeHTTP serves the three addresses that the source may ask.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	w.Header().Set("Content-Type", "application/hal+json; charset=utf-8")
	known, refused := f.authenticate(r)
	switch {
	case r.Method != http.MethodGet || r.Header.Get("Accept") != "application/hal+json":
		f.t.Errorf("%s %s, accepting %q", r.Method, r.URL, r.Header.Get("Accept"))
	case refused || !known && (f.loginRequired || r.URL.Path == "/api/v3/users/me"):
		failure(w, http.StatusUnauthorized, "Unauthenticated", "You need to be authenticated to access this resource.")
	case r.URL.Path == "/api/v3/users/me":
		f.validate(r.URL, nil)
		_, _ = fmt.Fprintf(w, `{"_type":"User","id":4,"name":"Ann Lee","login":"ann","admin":%t}`, f.admin)
	case r.URL.Path == "/api/v3":
		_, _ = w.Write([]byte(`{"_type":"Root","instanceName":"OpenProject","coreVersion":"14.6.1"}`))
	case r.URL.Path == "/api/v3/projects":
		f.projects(w, r.URL, known)
	default:
		failure(w, http.StatusNotFound, "NotFound", "The requested resource could not be found.")
	}
}

// authenticate reports who asks: credentials of a kind that is switched off are
// overlooked, and those of another kind that are wrong are refused.
func (f *fake) authenticate(r *http.Request) (known, refused bool) {
	user, password, basic := r.BasicAuth()
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case basic && !f.basicOff:
		known = user == "apikey" && password == f.token
		return known, !known
	case isBearer:
		known = bearer == f.token
		return known, !known
	}
	return false, false
}

func failure(w http.ResponseWriter, status int, name, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"_type":"Error","errorIdentifier":"urn:openproject-org:api:v3:errors:%s","message":%q}`, name, message)
}

// validate refuses every parameter but those allowed, of which those with a
// value must have that.
func (f *fake) validate(u *url.URL, allowed map[string][]string) {
	for name, values := range u.Query() {
		want, ok := allowed[name]
		if !ok || len(values) != 1 || len(want) > 0 && !slices.Contains(want, values[0]) {
			f.t.Errorf("%s: the parameter %s is not one of OpenProject's, or has a value it does not know", u, name)
		}
	}
}

func (f *fake) projects(w http.ResponseWriter, u *url.URL, known bool) {
	const active, archived = `[{"active":{"operator":"=","values":["t"]}}]`, `[{"active":{"operator":"=","values":["f"]}}]`
	f.validate(u, map[string][]string{
		"offset": nil, "pageSize": nil, "sortBy": {`[["id","asc"]]`}, "filters": {active, archived},
	})
	q := u.Query()
	page, err := strconv.Atoi(q.Get("offset"))
	size, errSize := strconv.Atoi(q.Get("pageSize"))
	if err != nil || errSize != nil || page < 1 || size < 1 || q.Get("sortBy") == "" {
		f.t.Errorf("%s does not say which page it wants", u)
	}
	if f.pages++; f.onPage != nil {
		f.onPage(page)
		f.Moved()
	}
	if f.clamp != 0 {
		size = min(size, f.clamp)
	}
	places := f.visible(q.Get("filters"), known)
	begin := min((page-1)*size, len(places))
	shown := f.Written(places[begin:min(begin+size, len(places))])
	_, _ = fmt.Fprintf(w, `{"_type":"Collection","total":%d,"count":%d,"pageSize":%d,"offset":%d,"_embedded":{"elements":[%s]},`+
		`"_links":{"self":{"href":"http://inner:8080/api/v3/projects"}}}`, len(places), len(shown), size, page, strings.Join(shown, ","))
}

// visible returns what an account sees, in the order of the ids.
func (f *fake) visible(filters string, known bool) []sourcetest.Place {
	places := []sourcetest.Place{}
	for _, place := range f.Places() {
		archived := f.archived[place.ID]
		wanted := filters == "" || strings.Contains(filters, `"t"`) != archived
		shown := wanted && (known || !f.private[place.ID]) && (known && f.admin || !archived)
		if shown || place.Odd != "" {
			places = append(places, place)
		}
	}
	return places
}
