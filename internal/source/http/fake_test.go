package httpapi_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/internal/source/sourcetest"
)

// fake is a service with records by number, which a style serves.
type fake struct {
	*sourcetest.Records

	t *testing.T
	// style answers one request from what the fake holds.
	style func(f *fake, w http.ResponseWriter, r *http.Request)
	// header must come with each request.
	header [2]string

	requests []string
}

func newFake(t *testing.T, ids []string, style func(*fake, http.ResponseWriter, *http.Request)) *fake {
	t.Helper()
	return &fake{Records: sourcetest.NewRecords(t, ids, record), t: t, style: style}
}

// record has blanks, escapes and unknown members: bytes that a decoder would change.
func record(id, version int64) string {
	return fmt.Sprintf(`{"id": %d,"title":"caf\u00e9 \ud83d\ude80 %[1]d", "path":"acme/v%d/p%[1]d" ,"stars":%[2]d,"x":1.50,"tags":["a",null,"b"]}`, id, version)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.Lock()
	defer f.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if f.header[0] != "" && r.Header.Get(f.header[0]) != f.header[1] {
		http.Error(w, `{"message":"who are you?"}`, http.StatusUnauthorized)
		return
	}
	f.style(f, w, r)
}

// after returns a page of what follows an id. It cuts between ids only, so
// that an odd element stays with the record before it.
func (f *fake) after(after int64, size int) (page []sourcetest.Place, more bool) {
	rest := f.Places()
	begin, _ := slices.BinarySearchFunc(rest, after+1, func(p sourcetest.Place, id int64) int { return cmp.Compare(p.ID, id) })
	rest = rest[begin:]
	if len(rest) <= size {
		return rest, false
	}
	end := size
	for end < len(rest) && rest[end].ID == rest[end-1].ID {
		end++
	}
	return rest[:end], end < len(rest)
}

// from returns a page by the number of elements before it.
func (f *fake) from(offset, size int) (page []sourcetest.Place, total int) {
	all := f.Places()
	begin := min(offset, len(all))
	return all[begin:min(begin+size, len(all))], len(all)
}

func (f *fake) list(page []sourcetest.Place) string {
	return "[" + strings.Join(f.Written(page), " ,\n") + "]"
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

func lastID(page []sourcetest.Place) string {
	if len(page) == 0 {
		return ""
	}
	return strconv.FormatInt(page[len(page)-1].ID, 10)
}
