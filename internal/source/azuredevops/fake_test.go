package azuredevops_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast/internal/source/sourcetest"
)

const token = "azp4t-s3cr3t"

// The two projects whose repositories the fake has, in the order it lists them.
const (
	largeProject = "bbbbbbbb-0000-4000-8000-000000000001"
	smallProject = "aaaaaaaa-0000-4000-8000-000000000002"
)

// fake is an organization named acme.
type fake struct {
	t *testing.T
	// projects says that its records are projects, not repositories.
	projects bool
	// anyone lets requests without a token in.
	anyone bool
	// clamp is the largest page of projects; 0 is 1000. quiet leaves out the
	// header that says that more follow.
	clamp int
	quiet bool
	// before is called with each request for projects.
	before func()
	// gone are projects that are not found any more.
	gone map[string]bool

	mu       sync.Mutex
	versions map[string]int64
	// odd are elements shown after the record with an id.
	odd      map[string][]string
	requests []url.URL
}

func newFake(t *testing.T, projects bool, ids []string) *fake {
	t.Helper()
	f := &fake{t: t, projects: projects, versions: map[string]int64{}, odd: map[string][]string{}, gone: map[string]bool{}}
	for _, id := range ids {
		f.Add(id)
	}
	return f
}

// guid makes an id of the suite's number; what is one already stays.
func guid(id string) string {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return id
	}
	return fmt.Sprintf("00000000-0000-4000-%04x-%012x", n>>48, n&(1<<48-1))
}

func (f *fake) Add(id string) { f.change(func() { f.versions[guid(id)] = 1 }) }

func (f *fake) Remove(id string) { f.change(func() { delete(f.versions, guid(id)) }) }

func (f *fake) Update(id string) { f.change(func() { f.versions[guid(id)]++ }) }

func (f *fake) AddOdd(after, raw string) {
	f.change(func() { f.odd[guid(after)] = append(f.odd[guid(after)], raw) })
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
	for id, version := range f.versions {
		truth[id] = []byte(f.record(id, version))
	}
	return truth
}

// record has spaces, escapes and an unknown member: bytes that a decoder would
// change.
func (f *fake) record(id string, version int64) string {
	if f.projects {
		return fmt.Sprintf(`{"id": "%s","name":"Project %[1]s","description":"caf\u00e9 \ud83d\ude80 v%[2]d","url":"https://dev.azure.com/acme/_apis/projects/%[1]s",`+
			`"state":"wellFormed" , "revision":%[2]d,"visibility":"private","lastUpdateTime":"2022-02-24T15:31:27.89Z","x_future":1.50}`, id, version)
	}
	project := projectOf(id)
	return fmt.Sprintf(`{"id": "%s","name":"repo %[1]s","url":"https://dev.azure.com/acme/x","project":{"id":"%[2]s","name":"caf\u00e9","state":"wellFormed","visibility":"public"},`+
		`"defaultBranch":"refs/heads/main" , "size":%[3]d,"remoteUrl":"https://acme@dev.azure.com/acme/_git/x","webUrl":"https://dev.azure.com/acme/_git/x","isDisabled":false,"x_future":1.50}`,
		id, project, version)
}

// projectOf puts nine of ten repositories into the large project.
func projectOf(id string) string {
	n, _ := strconv.ParseUint(id[len(id)-12:], 16, 64)
	if n/10%10 == 0 {
		return smallProject
	}
	return largeProject
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, *r.URL)
	w.Header().Set("Content-Type", "application/json; charset=utf-8; api-version=7.1")
	if !f.anyone && r.Header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(":"+token)) {
		// As the service does it: neither the status nor the type of an error.
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		_, _ = w.Write([]byte(`<html><title>Azure DevOps Services | Sign In</title></html>`))
		return
	}
	path, inside := strings.CutPrefix(r.URL.Path, "/acme/")
	project, repositories := strings.CutSuffix(path, "/_apis/git/repositories")
	switch {
	case inside && path == "_apis/connectionData":
		sourcetest.Allow(f.t, r.URL, "api-version")
		f.write(w, `{"authenticatedUser":{"id":"1","providerDisplayName":"Ann Lee","properties":{"Account":{"$type":"System.String","$value":"ann@example.com"}}},"deploymentType":"hosted"}`)
	case inside && path == "_apis/projects":
		sourcetest.Allow(f.t, r.URL, "api-version", "$top", "$skip", "stateFilter")
		f.listProjects(w, r.URL.Query())
	case inside && repositories && !f.gone[project]:
		sourcetest.Allow(f.t, r.URL, "api-version")
		places := slices.DeleteFunc(f.places(), func(p place) bool { return projectOf(p.id) != project })
		f.write(w, list(f.written(places)))
	default:
		http.Error(w, `{"message":"VS800075: The project does not exist, or you do not have permission to access it."}`, http.StatusNotFound)
	}
}

func (f *fake) listProjects(w http.ResponseWriter, q url.Values) {
	if f.before != nil {
		f.before()
	}
	top, errTop := strconv.Atoi(q.Get("$top"))
	skip, errSkip := strconv.Atoi(q.Get("$skip"))
	if errTop != nil || errSkip != nil || top < 1 || skip < 0 {
		f.t.Errorf("$top and $skip are %q and %q", q.Get("$top"), q.Get("$skip"))
		return
	}
	if f.clamp != 0 {
		top = min(top, f.clamp)
	}
	places := f.allProjects()
	begin := min(skip, len(places))
	end := min(begin+top, len(places))
	if end < len(places) && !f.quiet {
		w.Header().Set("X-Ms-Continuationtoken", strconv.Itoa(end))
	}
	f.write(w, list(f.written(places[begin:end])))
}

// place is one element of a listing: a record, or an element as it is written.
type place struct{ id, raw string }

// places are in an order that is not that of their ids.
func (f *fake) places() []place {
	places := []place{}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(f.versions))) {
		places = append(places, place{id: id})
		for _, raw := range f.odd[id] {
			places = append(places, place{id: id, raw: raw})
		}
	}
	return places
}

// written are the bytes of those elements that are shown.
func (f *fake) written(places []place) []string {
	elements := make([]string, len(places))
	for i, p := range places {
		if elements[i] = p.raw; p.raw == "" {
			elements[i] = f.record(p.id, f.versions[p.id])
		}
	}
	return elements
}

func (f *fake) allProjects() []place {
	if f.projects {
		return f.places()
	}
	places := []place{}
	for _, id := range []string{largeProject, smallProject} {
		if !f.gone[id] {
			places = append(places, place{id: id, raw: fmt.Sprintf(`{"id":"%s","name":"Project %c","state":"wellFormed"}`, id, id[0])})
		}
	}
	return places
}

func list(elements []string) string {
	return fmt.Sprintf(`{"count":%d,"value":[%s]}`, len(elements), strings.Join(elements, ",\n "))
}

func (f *fake) write(w http.ResponseWriter, body string) {
	if _, err := w.Write([]byte(body)); err != nil && f.t.Context().Err() == nil {
		f.t.Log(err)
	}
}
