package example_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/example"
	"holdfast/internal/source/sourcetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
		t.Helper()
		fake := &fakeShelf{items: map[string][]byte{}, odd: map[string]string{}}
		for _, id := range ids {
			fake.put(id)
		}
		server := sourcetest.NewServer(t, fake)
		return &sourcetest.Service{
			New:    func(t *testing.T) source.Source { t.Helper(); return newShelf(t, server.URL) },
			Truth:  fake.truth,
			Break:  server.Break,
			Add:    fake.put,
			Update: fake.put,
			Remove: fake.remove,
			AddOdd: func(after, raw string) { fake.odd[after] = raw },
			Secret: "shelf-secret",
		}
	}})
}

func newShelf(t *testing.T, url string) source.Source {
	t.Helper()
	settings := source.Settings{Name: "shelf", Decode: func(into any) error {
		return yaml.UnmarshalWithOptions([]byte("url: "+url+"\ntoken: shelf-secret"), into,
			yaml.CustomUnmarshaler(func(secret *source.Secret, text []byte) error {
				*secret = source.NewSecret(strings.TrimSpace(string(text)))
				return nil
			}))
	}}
	src, err := example.Driver().New(settings)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestATokenIsAskedFor(t *testing.T) {
	t.Parallel()
	_, err := example.Driver().New(source.Settings{Name: "shelf", Decode: func(any) error { return nil }})
	if err == nil || !strings.Contains(err.Error(), "token is missing") {
		t.Errorf("a source without a token = %v, want to be told how to make one", err)
	}
}

// fakeShelf is the service.
type fakeShelf struct {
	mu      sync.Mutex
	items   map[string][]byte
	odd     map[string]string
	version int
}

func (f *fakeShelf) put(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	f.items[id] = fmt.Appendf(nil, `{"id":%s,"title":"item %d","summary":null,"labels":["a"]}`, id, f.version)
}

func (f *fakeShelf) remove(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.items, id)
}

func (f *fakeShelf) truth() map[string][]byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.items)
}

// ServeHTTP gives pages of 20, however many are asked for.
func (f *fakeShelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for parameter := range r.URL.Query() {
		if parameter != "after" && parameter != "limit" {
			http.Error(w, "unknown parameter "+parameter, http.StatusBadRequest)
			return
		}
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	ids := slices.SortedFunc(maps.Keys(f.items), func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	page := []json.RawMessage{}
	for _, id := range ids {
		if number(id) > after && len(page) < 20 {
			page = append(page, f.items[id])
			if odd, ok := f.odd[id]; ok {
				page = append(page, json.RawMessage(odd))
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(page); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// The page that explains how to add a kind shows this package's code, word for word.
func TestThePageShowsThisCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/adding-a-source.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range []string{"shelf.go", "shelf_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(text)
	}
	blocks := strings.Split(string(page), "```go\n")[1:]
	if len(blocks) < 4 {
		t.Fatalf("the page has %d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		if !strings.Contains(code.String(), block) {
			t.Errorf("not in this package:\n%s", block)
		}
	}
}
