package httpapi_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a service with records by number, which a style serves.
type fake struct {
	t *testing.T
	// style answers one request from what the fake holds.
	style func(f *fake, w http.ResponseWriter, r *http.Request)
	// header must come with each request.
	header [2]string

	mu       sync.Mutex
	versions map[int64]int
	odd      map[int64][]string
	requests []string
}

func newFake(t *testing.T, ids []string, style func(*fake, http.ResponseWriter, *http.Request)) *fake {
	t.Helper()
	f := &fake{t: t, style: style, versions: map[int64]int{}, odd: map[int64][]string{}}
	for _, id := range ids {
		f.Add(id)
	}
	return f
}

func (f *fake) change(id string, do func(n int64)) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		f.t.Error(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	do(n)
}

func (f *fake) Add(id string)    { f.change(id, func(n int64) { f.versions[n] = 1 }) }
func (f *fake) Remove(id string) { f.change(id, func(n int64) { delete(f.versions, n) }) }
func (f *fake) Update(id string) { f.change(id, func(n int64) { f.versions[n]++ }) }

func (f *fake) AddOdd(after, raw string) {
	f.change(after, func(n int64) { f.odd[n] = append(f.odd[n], raw) })
}

func (f *fake) Truth() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	truth := map[string][]byte{}
	for id, version := range f.versions {
		truth[strconv.FormatInt(id, 10)] = []byte(record(id, version))
	}
	return truth
}

// record has blanks, escapes and unknown members: bytes that a decoder would change.
func record(id int64, version int) string {
	return fmt.Sprintf(`{"id": %d,"title":"caf\u00e9 \ud83d\ude80 %[1]d", "path":"acme/v%d/p%[1]d" ,"stars":%[2]d,"x":1.50,"tags":["a",null,"b"]}`, id, version)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if f.header[0] != "" && r.Header.Get(f.header[0]) != f.header[1] {
		http.Error(w, `{"message":"who are you?"}`, http.StatusUnauthorized)
		return
	}
	f.style(f, w, r)
}

// element is what stands in the list; odd ones have the id before them.
type element struct {
	id  int64
	raw string
}

func (f *fake) elements() []element {
	all := []element{}
	for _, id := range slices.Sorted(maps.Keys(f.versions)) {
		all = append(all, element{id, record(id, f.versions[id])})
		for _, raw := range f.odd[id] {
			all = append(all, element{id, raw})
		}
	}
	return all
}

// after returns a page of what follows an id. It cuts between ids only, so
// that an odd element stays with the record before it.
func (f *fake) after(after int64, size int) (page []element, more bool) {
	rest := slices.DeleteFunc(f.elements(), func(e element) bool { return e.id <= after })
	if len(rest) <= size {
		return rest, false
	}
	end := size
	for end < len(rest) && rest[end].id == rest[end-1].id {
		end++
	}
	return rest[:end], end < len(rest)
}

// from returns a page by the number of elements before it.
func (f *fake) from(offset, size int) (page []element, total int) {
	all := f.elements()
	begin := min(offset, len(all))
	return all[begin:min(begin+size, len(all))], len(all)
}

func list(page []element) string {
	raws := make([]string, len(page))
	for i, e := range page {
		raws[i] = e.raw
	}
	return "[" + strings.Join(raws, " ,\n") + "]"
}

// number reads a parameter; what is missing is the standard.
func number(f *fake, text string, standard int) int {
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		f.t.Errorf("a request has %q where a number must be", text)
	}
	return n
}

func lastID(page []element) string {
	if len(page) == 0 {
		return ""
	}
	return strconv.FormatInt(page[len(page)-1].id, 10)
}
