package file_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

const etalab = "etalab-repositories-2021-11-15.csv"

// sharedData finds the folder with real data beside the repository.
func sharedData(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	data := filepath.Join(dir, "..", "shared", "data")
	if _, err := os.Stat(filepath.Join(data, etalab)); err != nil {
		tb.Skip("the real data is not there: ", err)
	}
	return data
}

// Every field of every row of a real file is what an independent reader sees.
func TestRealFile(t *testing.T) {
	t.Parallel()
	dir := sharedData(t)
	pages, err := listAll(t, newSource(t, dir, "path: "+etalab+"\nid: repository_url\npage_size: 100"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, etalab))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	records := recordsOf(pages)
	if len(records) != 9157 || len(rows) != 9158 {
		t.Fatalf("%d records of %d rows with the header", len(records), len(rows))
	}
	ids, breaks := map[string]bool{}, 0
	for i, record := range records {
		got := readPayload(t, record)
		breaks += checkRow(t, rows[0], rows[i+1], got)
		if record.ID != got["repository_url"] {
			t.Errorf("row %d has the id %q", i, record.ID)
		}
		ids[record.ID] = true
	}
	if len(ids) != 9066 {
		t.Errorf("%d distinct ids, want 9066", len(ids))
	}
	// Each line break of the file ends a row, ends the header, or is in a value.
	if want := bytes.Count(text, []byte("\r\n")) - len(rows); breaks != want {
		t.Errorf("%d CRLF within values, the file has %d", breaks, want)
	}
}

func readPayload(t *testing.T, record source.Record) map[string]string {
	t.Helper()
	if record.Err != nil {
		t.Fatalf("record %s: %v", record.ID, record.Err)
	}
	got := map[string]string{}
	if err := json.Unmarshal(record.Raw, &got); err != nil {
		t.Fatalf("record %s: %v", record.ID, err)
	}
	return got
}

// checkRow compares a row, but for the CRLF that encoding/csv does not keep,
// and counts those.
func checkRow(t *testing.T, header, row []string, got map[string]string) (breaks int) {
	t.Helper()
	want, seen := map[string]string{}, map[string]string{}
	for i, name := range header {
		want[name] = row[i]
		seen[name] = strings.ReplaceAll(got[name], "\r\n", "\n")
		breaks += strings.Count(got[name], "\r\n")
	}
	if diff := cmp.Diff(want, seen); diff != "" || len(got) != len(header) {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	return breaks
}

// The 91 rows that repeat an id are no copies: they differ in one field.
func TestRealDuplicates(t *testing.T) {
	t.Parallel()
	pages, err := listAll(t, newSource(t, sharedData(t), "path: "+etalab+"\nid: repository_url"))
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]map[string]string{}
	differing := map[string]int{}
	for _, record := range recordsOf(pages) {
		fields := readPayload(t, record)
		before, again := first[record.ID]
		if !again {
			first[record.ID] = fields
			continue
		}
		for name := range fields {
			if fields[name] != before[name] {
				differing[name]++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"organization_name": 91}, differing); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}

// All rows read into columns by the usual names alone, as another reader of
// the same fields sees them.
func TestRealFileNormalizes(t *testing.T) {
	t.Parallel()
	s := newSource(t, sharedData(t), "path: "+etalab+"\nid: repository_url")
	pages, err := listAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	filled := map[string]int{}
	for _, record := range recordsOf(pages) {
		p, err := s.Normalize(record.Raw)
		if err != nil {
			t.Fatalf("%s: %v", record.Raw, err)
		}
		fields := readPayload(t, record)
		got := map[string]string{
			"repository_url": *p.WebURL, "name": p.Name, "organization_name": *p.Owner, "description": orEmpty(p.Description),
			"language": orEmpty(p.Language), "license": orEmpty(p.License), "topics": strings.Join(p.Topics, ","),
			"creation_date": p.CreatedAt.Format(time.RFC3339), "last_update": p.UpdatedAt.Format(time.RFC3339),
		}
		want := maps.Clone(fields)
		want["topics"] = strings.ReplaceAll(want["topics"], "; ", ",") // one row has them so
		maps.DeleteFunc(want, func(name, _ string) bool { _, compared := got[name]; return !compared })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("columns (-want +got):\n%s", diff)
		}
		count(filled, "archived", p.Archived != nil && *p.Archived)
		count(filled, "stars", p.Stars != nil)
		count(filled, "forks", p.Forks != nil)
		count(filled, "last_activity_at", p.LastActivityAt != nil)
		count(filled, "full_path", p.FullPath == *p.Owner+"/"+p.Name)
	}
	want := map[string]int{"archived": 443, "stars": 9157, "forks": 9157, "last_activity_at": 9157, "full_path": 9157}
	if diff := cmp.Diff(want, filled); diff != "" {
		t.Errorf("columns filled (-want +got):\n%s", diff)
	}
}

func count(filled map[string]int, name string, yes bool) {
	if yes {
		filled[name]++
	}
}

func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// The three compressed snapshots resume in the middle like any other file.
func TestRealSnapshots(t *testing.T) {
	t.Parallel()
	dir := sharedData(t)
	snapshots, err := filepath.Glob(filepath.Join(dir, "*.csv.gz"))
	if err != nil || len(snapshots) != 3 {
		t.Fatalf("%v, %v; want three snapshots", snapshots, err)
	}
	for _, path := range snapshots {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			s := newSource(t, dir, "path: "+path+"\nid: repository_url\npage_size: 3000")
			whole, err := listAll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			rest := slices.Clone(whole[:1])
			for page, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, whole[0].Next) {
				if err != nil {
					t.Fatal(err)
				}
				rest = append(rest, page)
			}
			// cmp takes minutes to show a difference of this size.
			if !slices.Equal(summaries(recordsOf(whole)), summaries(recordsOf(rest))) {
				t.Error("the resumed listing is another one")
			}
		})
	}
}
