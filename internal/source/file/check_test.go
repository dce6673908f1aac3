package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

func check(ctx context.Context, t *testing.T, src source.Source) (source.Report, error) {
	t.Helper()
	checker, ok := src.(source.Checker)
	if !ok {
		t.Fatal("the source cannot be checked")
	}
	return checker.Check(ctx)
}

// checkable writes a file of a certain age and makes a source of it.
func checkable(t *testing.T, name, text, config string) (source.Source, string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, name, text)
	path := filepath.Join(dir, name)
	changed := time.Date(2026, 11, 2, 20, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, changed, changed); err != nil {
		t.Fatal(err)
	}
	return newSource(t, dir, "path: "+name+"\n"+config), path
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		changed = ", last changed 2026-11-02T20:00:00Z"
		empty   = "left empty by every record: archived, created_at, default_branch, description, forks, language, last_activity_at, license, " +
			"owner, stars, topics, updated_at, visibility, web_url; map them with fields if the records have them"
	)
	for name, tc := range map[string]struct {
		file, text, config string
		projects           *int64
		want               []string
	}{
		"csv": {
			file: "a.csv", text: "url,title,stars\nhttps://a,A,1\nhttps://b,B,x\nhttps://a,A,2\n", config: "id: url\nfields: {stars: stars}\n",
			projects: new(int64(1)),
			want: []string{
				`csv (delimiter ','), SIZE bytes` + changed,
				`columns in the file: ["url" "title" "stars"]`,
				`the first project has the id "https://a" and the name "A"`,
				`1 of 3 records cannot be read and would be quarantined; the first: stars ("stars") is not a whole number`,
				"1 of 3 records have an id that came before, and only the first with an id is kept: does id name what tells records apart?",
				strings.Replace(strings.Replace(empty, "stars, ", "", 1), ", web_url", "", 1),
			},
		},
		"header alone": {
			file: "a.tsv.gz", text: "key\ttitle\n", config: "id: key\n", projects: new(int64(0)),
			want: []string{
				`csv (delimiter '\t'), gzip, SIZE bytes` + changed, `columns in the file: ["key" "title"]`, "the file is an empty listing",
			},
		},
		"no id in any record": {
			file: "a.json", text: `{"data":[null,{"key":1}]}`, config: "items: data\n", projects: new(int64(0)),
			want: []string{
				"json, 25 bytes" + changed,
				"2 of 2 records cannot be read and would be quarantined; the first: line 1: the record is null, not an object",
			},
		},
		"more than a page": {
			file: "a.ndjson", text: strings.Repeat("{\"id\":7,\"a\\u0000b\":null}\n", 2000), config: "page_size: 1\npartitions: 4\n",
			want: []string{
				"ndjson, 48.8 KiB" + changed,
				`1 of 1 records cannot be read and would be quarantined; the first: line 1: contains a NUL (\u0000), which no text in Postgres can hold`,
				"only the first 1 records were read; a file does not say how many it has",
			},
		},
		"json lines": {
			file: "a.jsonl", text: "7\n{\"id\":7}\n", projects: new(int64(1)),
			want: []string{
				"ndjson, 11 bytes" + changed, `columns in the file: ["id"]`, `the first project has the id "7" and the name "7"`,
				"1 of 2 records cannot be read and would be quarantined; the first: line 1: the record is a number, not an object",
				"1 of 1 projects have their id for a name: fields.name says where the name is", empty,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, path := checkable(t, tc.file, tc.text, tc.config)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			tc.want[0] = strings.Replace(tc.want[0], "SIZE", strconv.FormatInt(info.Size(), 10), 1)
			got, err := check(t.Context(), t, src)
			if diff := cmp.Diff(source.Report{Service: path, Projects: tc.projects, Notes: tc.want}, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// TestCheckFailsAsAListingWould has a file of each kind of trouble.
func TestCheckFailsAsAListingWould(t *testing.T) {
	t.Parallel()
	for code, tc := range map[string]struct{ file, text, config string }{
		"bad_header":       {"a.csv", "url,title\n", "id: key\n"},
		"bad_structure":    {"a.json", `{"data":[]}`, ""},
		"file_empty":       {"a.ndjson", "", ""},
		"file_cut":         {"a.ndjson", "{\"id\":1}\n{", ""},
		"not_gzip":         {"a.csv", "id,title\n", "id: id\ncompression: gzip\n"},
		"not_json":         {"a.json", "[1,}", ""},
		"record_too_large": {"a.ndjson", `{"id":"` + strings.Repeat("x", 2000) + `"}`, "max_record_size: 1KiB\n"},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			src, _ := checkable(t, tc.file, tc.text, tc.config)
			report, err := check(t.Context(), t, src)
			_, listed := listAll(t, src)
			e, ok := errors.AsType[*source.Error](err)
			if !ok || e.Code != code || fmt.Sprint(err) != fmt.Sprint(listed) {
				t.Errorf("got %v, a listing %v", err, listed)
			}
			if diff := cmp.Diff(source.Report{}, report); diff != "" {
				t.Error(diff)
			}
		})
	}
	missing := newSource(t, t.TempDir(), "path: gone.csv\nid: id\n")
	if _, err := check(t.Context(), t, missing); source.KindOf(err) != source.Configuration {
		t.Errorf("of a file that is not there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	src, _ := checkable(t, "a.json", "[]", "")
	if _, err := check(ctx, t, src); !errors.Is(err, context.Canceled) {
		t.Errorf("of a context that has ended: %v", err)
	}
}
