// Package real_test lists services that really run: Redmine, from Debian's
// packages. Without one every test is skipped; make test-real starts it.
package real_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/redminetest"
	"holdfast/internal/source"
	"holdfast/internal/source/redmine"
	"holdfast/internal/strictyaml"
)

const (
	// anyone is the key of nobody.
	anyone = ""
	// smallPages make a dozen of the listing.
	smallPages = "per_page: 40"
)

// open makes a source that lists a Redmine with a key.
func open(t *testing.T, server *redminetest.Server, key string, lines ...string) source.Source {
	t.Helper()
	text := fmt.Sprintf("url: %s\n%s\n", server.URL, strings.Join(lines, "\n"))
	if key != anyone {
		text += "api_key: " + key + "\n"
	}
	root, err := strictyaml.Parse("holdfast.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	src, err := redmine.Driver().New(source.Settings{
		Name: "tracker", Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Decode: func(options any) error {
			d := strictyaml.NewDecoder(root, strictyaml.Options{})
			d.Decode(options)
			return d.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// now is what the administrator's listing has at the moment.
func now(t *testing.T, server *redminetest.Server) map[string]string {
	t.Helper()
	seen, err := list(t, func() source.Source { return open(t, server, server.Key) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// list reads a listing to its end, each page with a source of its own, as if
// the worker had been killed after every one. Between pages it calls between,
// which may be nil.
func list(t *testing.T, reopen func() source.Source, between func(pages int)) (map[string]string, error) {
	t.Helper()
	plan, err := reopen().Plan(t.Context())
	if err != nil {
		return nil, err
	}
	seen := map[string]string{}
	for cursor, pages := source.Cursor(""), 1; ; pages++ {
		var page source.Page
		for page, err = range reopen().List(t.Context(), plan.Partitions[0], cursor) {
			break
		}
		if err != nil {
			return seen, err
		}
		for _, record := range page.Records {
			if record.Err != nil {
				t.Errorf("%s: %v", record.Raw, record.Err)
			}
			if _, again := seen[record.ID]; again && between == nil {
				t.Errorf("%s came twice", record.ID)
			}
			seen[record.ID] = string(record.Raw)
		}
		if page.Last {
			return seen, nil
		}
		if cursor = page.Next; between != nil {
			between(pages)
		}
	}
}

// sees fails the test unless a key's listing is all that Redmine shows it, byte
// for byte, with the columns that its XML has.
func sees(t *testing.T, server *redminetest.Server, key string) map[string]string {
	t.Helper()
	src := open(t, server, key)
	got, err := list(t, func() source.Source { return open(t, server, key, smallPages) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for id, raw := range server.Payloads(t, key) {
		want[id] = string(raw)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("payloads (-Redmine +listing):\n%.2000s", diff)
	}
	columns := map[string]project.Project{}
	for id, raw := range got {
		if columns[id], err = src.Normalize([]byte(raw)); err != nil {
			t.Errorf("%s: %v", raw, err)
		}
	}
	// XML has one kind of line break.
	oneBreak := cmp.Comparer(func(a, b string) bool {
		return strings.ReplaceAll(a, "\r\n", "\n") == strings.ReplaceAll(b, "\r\n", "\n")
	})
	if diff := cmp.Diff(server.Columns(t, key), columns, oneBreak); diff != "" {
		t.Errorf("columns (-Redmine +listing):\n%.2000s", diff)
	}
	return got
}

func TestRedmineEachKeySeesItsProjects(t *testing.T) {
	t.Parallel()
	server := redminetest.Open(t)
	all, reader, public := len(sees(t, server, server.Key)), len(sees(t, server, server.ReaderKey)), len(sees(t, server, anyone))
	if all < 300 || reader != public+1 || public >= all {
		t.Errorf("the administrator sees %d projects, the member %d, anyone %d", all, reader, public)
	}
}

func TestRedmineStatuses(t *testing.T) {
	t.Parallel()
	server := redminetest.Open(t)
	counts := map[string]int{}
	for _, status := range []string{"active", "closed", "archived"} {
		seen, err := list(t, func() source.Source { return open(t, server, server.Key, "status: ["+status+"]") }, nil)
		if err != nil {
			t.Fatal(err)
		}
		counts[status] = len(seen)
	}
	if whole := len(server.Payloads(t, server.Key)); counts["closed"] < 10 || counts["active"]+counts["closed"] != whole {
		t.Errorf("%v of %d", counts, whole)
	}
	// The one thing that is known of archived projects: nobody is shown them.
	// Should this fail, Redmine has changed its mind, and the documentation must.
	if counts["archived"] != 0 {
		t.Errorf("%d archived projects are listed", counts["archived"])
	}
}

// TestRedmineChangesWhileListed renames, closes, archives and removes projects
// between the pages of a listing: of those that were there from beginning to
// end none may be missing.
//
//nolint:paralleltest // changes what the others list
func TestRedmineChangesWhileListed(t *testing.T) {
	server := redminetest.Open(t)
	const rounds = 5
	leaves := server.Leaves(t, 2*rounds)
	archived, renamed, removed := leaves[:rounds], leaves[rounds:], make([]string, rounds)
	stay := server.Payloads(t, server.Key)
	for i, id := range archived {
		delete(stay, id)
		removed[i] = server.Create(t, fmt.Sprintf("passing-%d", i))
	}
	seen, err := list(t, func() source.Source { return open(t, server, server.Key, smallPages) }, func(pages int) {
		if pages <= rounds {
			server.Turn(t, archived[pages-1], "archive")
			server.Rename(t, renamed[pages-1], fmt.Sprintf("000 first in the tree %d", pages))
			server.Delete(t, removed[pages-1])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range stay {
		if seen[id] == "" {
			t.Errorf("%s was there all along and did not come", id)
		}
	}
	if left := len(now(t, server)); left != len(stay) {
		t.Errorf("%d projects are left, want %d: not all changes came between pages", left, len(stay))
	}
	for _, id := range archived {
		server.Turn(t, id, "unarchive")
	}
}

//nolint:paralleltest // changes what the others list
func TestRedmineChangesBetweenListings(t *testing.T) {
	server := redminetest.Open(t)
	leaves := server.Leaves(t, 2)
	renamed, closed := leaves[0], leaves[1]
	removed := server.Create(t, "removed")
	before := now(t, server)
	server.Rename(t, renamed, "Renamed ✓")
	server.Turn(t, closed, "close")
	server.Delete(t, removed)
	after := sees(t, server, server.Key)
	if before[removed] == "" || after[removed] != "" {
		t.Error("the removed project is not there before and gone after")
	}
	normal, err := open(t, server, server.Key).Normalize([]byte(after[renamed]))
	if err != nil || normal.Name != "Renamed ✓" || normal.ExternalID != renamed {
		t.Errorf("renamed: %+v, %v", normal, err)
	}
	if normal, err = open(t, server, server.Key).Normalize([]byte(after[closed])); err != nil || !*normal.Archived {
		t.Errorf("closed: %+v, %v", normal, err)
	}
	// What is archived is gone, and comes back as it was.
	server.Turn(t, closed, "reopen")
	server.Turn(t, closed, "archive")
	if without := now(t, server); without[closed] != "" {
		t.Error("the archived project is listed")
	}
	server.Turn(t, closed, "unarchive")
	if again := now(t, server); again[closed] == "" {
		t.Error("the unarchived project is not listed")
	}
}

// refused fails the test unless neither a listing nor a check gets anywhere.
func refused(t *testing.T, src source.Source, code, words string) {
	t.Helper()
	_, errPlan := src.Plan(t.Context())
	_, errCheck := source.Check(t.Context(), src)
	for _, err := range []error{errPlan, errCheck} {
		e, ok := errors.AsType[*source.Error](err)
		if !ok || e.Kind != source.Configuration || e.Code != code || !strings.Contains(e.Message, words) {
			t.Errorf("got %v, want %s with %q", err, code, words)
		}
	}
}

//nolint:paralleltest // changes what the others list
func TestRedmineRefusesWhatIsWrong(t *testing.T) {
	server := redminetest.Open(t)
	refused(t, open(t, server, "0123456789abcdef0123456789abcdef01234567"), "unauthorized", "My account")
	below := *server
	below.URL += "/tracker"
	refused(t, open(t, &below, server.Key), "not_found", "url")

	rest := func(value string) {
		if output, err := exec.Command("../../scripts/redmine.sh", "rest", value).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	rest("off")
	defer rest("on")
	refused(t, open(t, server, server.Key), "rest_disabled", "Enable REST web service")
}

func TestRedmineCheck(t *testing.T) {
	t.Parallel()
	server := redminetest.Open(t)
	for key, account := range map[string]string{server.Key: "keeper", server.ReaderKey: "reader", anyone: ""} {
		report, err := source.Check(t.Context(), open(t, server, key))
		if err != nil || report.Account != account || report.Projects == nil || *report.Projects != int64(len(server.Payloads(t, key))) {
			t.Errorf("%q: %+v, %v", account, report, err)
		}
	}
}
