package gitea_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/source/sourcetest"
)

// fake is a Gitea as its routers/api/v1 has it: it cuts limits in silence,
// counts what it lists, and believes in an address of its own.
type fake struct {
	*sourcetest.Records

	t *testing.T
	// token is what requests must show; empty takes all.
	token string
	// scopes are what the token may do; nil is everything.
	scopes []string
	// clamp is MAX_RESPONSE_ITEMS.
	clamp int
	// quiet leaves out X-Total-Count, as a proxy may.
	quiet   bool
	version string
	// record makes the body of a repository; nil is realRepository.
	record func(id, version int64) string

	requests []string
}

func newFake(t *testing.T, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, clamp: 50, version: "1.27.3"}
	f.Records = sourcetest.NewRecords(t, ids, f.repository)
	return f
}

func (f *fake) repository(id, version int64) string {
	if f.record != nil {
		return f.record(id, version)
	}
	// Spaces, escapes and an unknown field: bytes that a decoder would change.
	return fmt.Sprintf(`{"id": %d,"owner":{"id":7,"login":"acme"},"name":"p%[1]d","full_name":"acme/v%[2]d-p%[1]d" ,`+
		`"description":"caf\u00e9 \ud83d\ude80 v%[2]d","empty":false,"private":false,"internal":true,"parent":null,`+
		`"html_url":"https://h/acme/p%[1]d","stars_count":%[2]d,"forks_count":0,"default_branch":"main","archived":false,`+
		`"created_at":"2021-01-02T03:04:05+01:00","updated_at":"2026-11-01T10:00:00Z","archived_at":"1970-01-01T00:00:00Z",`+
		`"topics":["a"],"licenses":null,"language":"","x_future":1.50}`, id, version)
}

// ServeHTTP routes as Gitea does, and refuses what it does not know.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	f.requests = append(f.requests, r.URL.String())
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	if f.token != "" && r.Header.Get("Authorization") != "Bearer "+f.token {
		f.fail(w, http.StatusUnauthorized, "user does not exist [uid: 0, name: ]")
		return
	}
	switch r.URL.EscapedPath() {
	case "/api/v1/version":
		f.object(w, r, "", fmt.Sprintf(`{"version":%q}`, f.version))
	case "/api/v1/user":
		f.object(w, r, "read:user", `{"id":3,"login":"robot","is_admin":false}`)
	case "/api/v1/orgs/acme":
		f.object(w, r, "read:organization", `{"id":7,"name":"acme"}`)
	case "/api/v1/users/ann":
		f.object(w, r, "read:user", `{"id":7,"login":"ann"}`)
	case "/api/v1/repos/search":
		f.search(w, r)
	default:
		f.fail(w, http.StatusNotFound, "The target couldn't be found.")
	}
}

func (f *fake) fail(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q,"url":"http://inner:3000/api/swagger"}`, message)
}

// may answers a request that the token's scopes do not allow.
func (f *fake) may(w http.ResponseWriter, scope string) bool {
	if scope == "" || f.scopes == nil || slices.Contains(f.scopes, scope) {
		return true
	}
	f.fail(w, http.StatusForbidden, fmt.Sprintf("token does not have at least one of required scope(s), required=[%s], token scope=%s",
		scope, strings.Join(f.scopes, ",")))
	return false
}

func (f *fake) object(w http.ResponseWriter, r *http.Request, scope, body string) {
	sourcetest.Allow(f.t, r.URL)
	if f.may(w, scope) {
		_, _ = w.Write([]byte(body))
	}
}

func (f *fake) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	sourcetest.Allow(f.t, r.URL, "sort", "order", "page", "limit", "uid", "exclusive", "is_private", "archived")
	if !f.may(w, "read:repository") {
		return
	}
	if q.Get("sort") != "id" || q.Get("order") != "asc" {
		f.t.Errorf("a listing in an order that moves: %s", r.URL)
	}
	if q.Has("uid") != q.Has("exclusive") || q.Has("uid") && q.Get("uid") != "7" {
		f.t.Errorf("a listing of another owner: %s", r.URL)
	}
	page, errPage := strconv.Atoi(q.Get("page"))
	limit, errLimit := strconv.Atoi(q.Get("limit"))
	if errPage != nil || errLimit != nil || page < 1 || limit < 1 {
		f.t.Errorf("a page that is none: %s", r.URL)
	}
	limit = min(limit, f.clamp)
	places := f.Places()
	if !f.quiet {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(places)))
		w.Header().Set("Link", fmt.Sprintf(`<http://inner:3000%s?page=%d>; rel="next"`, r.URL.Path, page+1))
	}
	begin := min((page-1)*limit, len(places))
	elements := f.Written(places[begin:min(begin+limit, len(places))])
	_, _ = w.Write([]byte(`{"ok":true,"data":[` + strings.Join(elements, ",\n ") + "]}\n"))
}
