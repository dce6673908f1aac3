// Package redminetest lets tests talk to a real Redmine, the one that
// scripts/redmine.sh runs, as its users and its administrator do. What it reads
// it reads in ways that the source under test does not: the tree's own order,
// and XML.
package redminetest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"holdfast/internal/project"
)

// Server is a running Redmine.
type Server struct {
	// URL is its address.
	URL string
	// Key is that of an administrator, and ReaderKey that of an account that
	// is a member of one private project.
	Key, ReaderKey string
}

// Open returns the Redmine that the environment names, and skips the test where
// it names none.
func Open(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{URL: os.Getenv("REDMINE_URL"), Key: os.Getenv("REDMINE_KEY"), ReaderKey: os.Getenv("REDMINE_READER_KEY")}
	if s.URL == "" || s.Key == "" || s.ReaderKey == "" {
		tb.Skip("no Redmine is running for the tests: make test-real starts one")
	}
	return s
}

// Payloads returns the JSON of each project that a key sees, closed ones
// included, by id.
func (s *Server) Payloads(tb testing.TB, key string) map[string][]byte {
	tb.Helper()
	payloads := map[string][]byte{}
	for offset := 0; ; {
		var page struct {
			Projects []json.RawMessage `json:"projects"`
			Total    int               `json:"total_count"`
		}
		s.get(tb, key, "/projects.json", offset, json.Unmarshal, &page)
		for _, raw := range page.Projects {
			var element struct {
				ID json.Number `json:"id"`
			}
			if err := json.Unmarshal(raw, &element); err != nil {
				tb.Fatalf("%s: %v", raw, err)
			}
			payloads[element.ID.String()] = raw
		}
		if offset += len(page.Projects); len(page.Projects) == 0 || offset >= page.Total {
			return payloads
		}
	}
}

// Columns returns what the table must say of each project that a key sees.
func (s *Server) Columns(tb testing.TB, key string) map[string]project.Project {
	tb.Helper()
	columns := map[string]project.Project{}
	for offset := 0; ; {
		var page struct {
			Total    int       `xml:"total_count,attr"`
			Projects []element `xml:"project"`
		}
		s.get(tb, key, "/projects.xml", offset, xml.Unmarshal, &page)
		for _, e := range page.Projects {
			columns[e.ID] = e.columns(s.URL)
		}
		if offset += len(page.Projects); len(page.Projects) == 0 || offset >= page.Total {
			return columns
		}
	}
}

// element is a project in Redmine's XML.
type element struct {
	ID          string    `xml:"id"`
	Name        string    `xml:"name"`
	Identifier  string    `xml:"identifier"`
	Description string    `xml:"description"`
	Status      int       `xml:"status"`
	Public      bool      `xml:"is_public"`
	CreatedOn   time.Time `xml:"created_on"`
	UpdatedOn   time.Time `xml:"updated_on"`
}

func (e element) columns(url string) project.Project {
	p := project.Project{
		ExternalID: e.ID, Name: e.Name, FullPath: e.Identifier, WebURL: new(url + "/projects/" + e.Identifier),
		Visibility: new("private"), Archived: new(e.Status != 1), CreatedAt: &e.CreatedOn, UpdatedAt: &e.UpdatedOn,
	}
	if e.Public {
		p.Visibility = new("public")
	}
	// XML cannot tell an empty description from none; the seed has none that
	// is empty.
	if e.Description != "" {
		p.Description = &e.Description
	}
	return p
}

// get reads one page.
func (s *Server) get(tb testing.TB, key, path string, offset int, decode func([]byte, any) error, into any) {
	tb.Helper()
	status, body := s.ask(tb, key, http.MethodGet, path+"?status=1%7C5&limit=100&offset="+strconv.Itoa(offset), nil)
	if status != http.StatusOK {
		tb.Fatalf("%s: %d %s", path, status, body)
	}
	if err := decode(body, into); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}

// Create makes a public project and returns its id.
func (s *Server) Create(tb testing.TB, identifier string) string {
	tb.Helper()
	status, body := s.ask(tb, s.Key, http.MethodPost, "/projects.json",
		map[string]any{"project": map[string]any{"name": "New " + identifier, "identifier": identifier}})
	var created struct {
		Project struct {
			ID json.Number `json:"id"`
		} `json:"project"`
	}
	if err := json.Unmarshal(body, &created); status != http.StatusCreated || err != nil {
		tb.Fatalf("create %s: %d %s", identifier, status, body)
	}
	return created.Project.ID.String()
}

// Rename gives a project another name.
func (s *Server) Rename(tb testing.TB, id, name string) {
	tb.Helper()
	s.change(tb, http.MethodPut, "/projects/"+id+".json", map[string]any{"project": map[string]any{"name": name}})
}

// Turn closes, reopens, archives or unarchives a project.
func (s *Server) Turn(tb testing.TB, id, verb string) {
	tb.Helper()
	s.change(tb, http.MethodPut, "/projects/"+id+"/"+verb+".json", nil)
}

// Delete removes a project for good, and waits until it is gone: newer versions
// take their time.
func (s *Server) Delete(tb testing.TB, id string) {
	tb.Helper()
	s.change(tb, http.MethodDelete, "/projects/"+id+".json", nil)
	deadline := time.Now().Add(time.Minute)
	for {
		status, _ := s.ask(tb, s.Key, http.MethodGet, "/projects/"+id+".json", nil)
		if status == http.StatusNotFound {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("project %s is still there, a minute after it was deleted", id)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// change sends a request that Redmine answers with nothing.
func (s *Server) change(tb testing.TB, method, path string, body any) {
	tb.Helper()
	if status, answer := s.ask(tb, s.Key, method, path, body); status != http.StatusNoContent {
		tb.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
}

func (s *Server) ask(tb testing.TB, key, method, path string, body any) (int, []byte) {
	tb.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			tb.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(tb.Context(), method, s.URL+path, bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("X-Redmine-Api-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, answer
}

// Leaves returns the ids of some projects that are active, public and have none
// below them: changes of these change no others.
func (s *Server) Leaves(tb testing.TB, n int) []string {
	tb.Helper()
	parents := map[string]bool{}
	for _, raw := range s.Payloads(tb, s.Key) {
		parents[parentOf(tb, raw)] = true
	}
	leaves := []string{}
	for id, p := range s.Columns(tb, s.Key) {
		if !*p.Archived && *p.Visibility == "public" && !parents[id] {
			leaves = append(leaves, id)
		}
	}
	if len(leaves) < n {
		tb.Fatalf("%d projects are left to change, want %d", len(leaves), n)
	}
	slices.Sort(leaves)
	// Spread over the listing, which is in another order than the ids.
	chosen := make([]string, n)
	for i := range chosen {
		chosen[i] = leaves[i*len(leaves)/n]
	}
	return chosen
}

func parentOf(tb testing.TB, raw []byte) string {
	tb.Helper()
	var child struct {
		Parent struct {
			ID json.Number `json:"id"`
		} `json:"parent"`
	}
	if err := json.Unmarshal(raw, &child); err != nil {
		tb.Fatal(err)
	}
	return child.Parent.ID.String()
}
