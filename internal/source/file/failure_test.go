package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/internal/source"
)

// Every failure names its kind, and says what to do.
func TestFailures(t *testing.T) {
	t.Parallel()
	const cutZip = 2000
	long := strings.Repeat("x", 3000)
	unequal := "id,n\n" + numbers(2000)
	for _, test := range []struct {
		name, file, text, config string
		kind                     source.Kind
		code, says               string
	}{
		{"no such file", "", "", "path: a/b.csv\nid: id", source.Configuration, "file_not_found", "a/b.csv"},
		{"a folder", "", "", "path: .\nformat: csv\nid: id", source.Configuration, "not_a_file", "write the path of a file"},
		{"no byte at all, csv", "a.csv", "", "id: id", source.Contract, "file_empty", "no empty listing"},
		{"no byte at all, json", "a.json", "", "", source.Contract, "file_empty", "no empty listing"},
		{"no byte at all, ndjson", "a.ndjson", "", "", source.Contract, "file_empty", "no empty listing"},
		{"no byte after decompression", "a.csv.gz", "", "id: id", source.Contract, "file_empty", "no empty listing"},
		{"no byte after decompression, ndjson", "a.ndjson.gz", "", "", source.Contract, "file_empty", "no empty listing"},
		{"no byte after decompression, json", "a.json.gz", "", "", source.Contract, "file_empty", "no empty listing"},
		{"blanks only, csv", "a.csv", "\ufeff\r\n\n", "id: id", source.Contract, "file_empty", "no empty listing"},
		{"blanks only, ndjson", "a.ndjson", "\n \n", "", source.Contract, "file_empty", "no empty listing"},
		{"blanks only, json", "a.json", "\ufeff \n", "", source.Contract, "file_empty", "no empty listing"},
		{"no gzip", "a.csv", "id\n1\n", "id: id\ncompression: gzip", source.Configuration, "not_gzip", "compression: none"},
		{"gzip not expected", "a.csv.gz", "id\n1\n", "id: id\ncompression: none", source.Configuration, "bad_header", "line 1"},
		{"UTF-16", "a.csv", "\xff\xfei\x00d\x00", "id: id", source.Configuration, "file_encoding", "UTF-8"},
		{"a header without the id", "a.csv", "\"a;b\"\n1\n", "id: id", source.Configuration, "bad_header", `line 1) has no column "id"; it has ["a;b"] (delimiter ',')`},
		{"a header without a mapped column", "a.csv", "id,x\n", "id: id\nfields: {name: title}", source.Configuration, "bad_header", `no column "title"`},
		{"a header with a name twice", "a.csv", "id,x,x\n", "id: id", source.Configuration, "bad_header", `names the column "x" twice`},
		{"a header that is not UTF-8", "a.csv", "id,\xe9\n", "id: id", source.Configuration, "bad_header", "not valid UTF-8"},
		{"a header with a stray quote", "a.csv", "id,a\"b\n", "id: id", source.Configuration, "bad_header", "a quote where none may be"},
		{"quotes that swallow lines", "a.csv", "id,n\n1,\"a\n2,b\" c\n3,d\n", "id: id", source.Contract, "bad_quotes", "line 2"},
		{"a quote that is never closed", "a.csv", "id,n\n1,x\n2,\"b\n3,c\n", "id: id", source.Contract, "bad_quotes", "line 3"},
		{"a quote that is never closed, last line", "a.csv", "id,n\n1,x\n2,\"b", "id: id", source.Contract, "bad_quotes", "line 3"},
		{"a last row that is cut", "a.csv", "id,n,o\n1,x,y\n2,x", "id: id", source.Transient, "file_cut", "line 3"},
		{"a last line that is cut", "a.ndjson", "{\"id\":1}\n{\"id\":2", "", source.Transient, "file_cut", "line 2"},
		{"a list that is cut", "a.json", "[{\"id\":1},\n{\"id\":2", "", source.Transient, "file_cut", "ends in the middle"},
		{"a list that is not closed", "a.json", "[{\"id\":1}\n", "", source.Transient, "file_cut", "ends in the middle"},
		{"a list that is cut after a comma", "a.json", "[{\"id\":1},", "", source.Transient, "file_cut", "ends in the middle"},
		{"an object cut behind its list", "a.json", "{\"a\":[{\"id\":1}],\"b\":", "items: a", source.Transient, "file_cut", "ends in the middle"},
		{"a gzip file that is cut", "a.csv.gz", unequal[:len(unequal)-cutZip] + "CUT", "id: id", source.Transient, "file_cut", "still being written"},
		{"a gzip file that is damaged", "a.csv.gz", "DAMAGED" + unequal, "id: id", source.Contract, "bad_gzip", "damaged"},
		{"a row too large", "a.csv", "id,n\n1,x\n2," + long + "\n3,x\n", "id: id\nmax_record_size: 2KiB", source.Contract, "record_too_large", "line 3 has more than 2048 bytes"},
		{"a row that does not end", "a.csv", "id,n\n1,\"" + strings.Repeat(long+"\n", 300), "id: id\nmax_record_size: 2KiB", source.Contract, "record_too_large", "line 2"},
		{"a line too large", "a.ndjson", "{\"id\":1}\n{\"id\":\"" + long + "\"}\n", "max_record_size: 2KiB", source.Contract, "record_too_large", "line 2"},
		{"a line that does not end", "a.ndjson", strings.Repeat(long, 300), "max_record_size: 2KiB", source.Contract, "record_too_large", "line 1"},
		{"an element too large", "a.json", "[{\"id\":1},\n{\"id\":\"" + strings.Repeat(long, 300) + "\"}]", "max_record_size: 2KiB", source.Contract, "record_too_large", "line 1"},
		{"an object, not a list", "a.json", "{\"id\":1}", "", source.Configuration, "bad_structure", "name the member"},
		{"lines of objects", "a.json", "[{\"id\":1}]\n[{\"id\":2}]", "", source.Configuration, "bad_structure", "format: ndjson"},
		{"a number, not a list", "a.json", "{\"a\":1}", "items: a", source.Configuration, "bad_structure", `"a" is not a list`},
		{"null, not a list", "a.json", "null", "", source.Configuration, "bad_structure", "the document is not a list"},
		{"no such member", "a.json", "{\"a\":{}}", "items: a.b", source.Configuration, "bad_structure", `no member "b"`},
		{"a member of a list", "a.json", "{\"a\":[]}", "items: a.b", source.Configuration, "bad_structure", `cannot be looked up in "a"`},
		{"no JSON", "a.json", "[{\"id\":1},\n{id:2}]", "", source.Contract, "not_json", "invalid character 'i'"},
		{"HTML", "a.json", "<html>", "", source.Contract, "not_json", "invalid character '<'"},
		{"brackets without end", "a.json", strings.Repeat("[", 100_000), "", source.Contract, "not_json", "depth"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config := test.config
			if test.file != "" {
				config = "path: " + test.file + "\n" + config
				writeSpoilt(t, dir, test.file, test.text)
			}
			_, err := listAll(t, newSource(t, dir, config))
			e, ok := errors.AsType[*source.Error](err)
			if !ok {
				t.Fatalf("the listing ended with %v", err)
			}
			if e.Kind != test.kind || e.Code != test.code || !strings.Contains(e.Error(), test.says) {
				t.Errorf("%s %s %q, want %s %s with %q", e.Kind, e.Code, e, test.kind, test.code, test.says)
			}
		})
	}
}

func numbers(count int) string {
	var text strings.Builder
	for i := range count {
		text.WriteString(strings.Repeat(string(rune('a'+i*i%23)), 1+i%5) + ",n\n")
	}
	return text.String()
}

// writeSpoilt writes a file; a text that says so is spoilt after compression.
func writeSpoilt(t *testing.T, dir, name, text string) {
	t.Helper()
	cut, isCut := strings.CutSuffix(text, "CUT")
	damaged, isDamaged := strings.CutPrefix(text, "DAMAGED")
	switch {
	case isCut:
		zipped := zip(t, cut)
		writeRaw(t, dir, name, zipped[:len(zipped)/2])
	case isDamaged:
		zipped := []byte(zip(t, damaged))
		zipped[len(zipped)-6] ^= 0xff // the checksum
		writeRaw(t, dir, name, string(zipped))
	default:
		write(t, dir, name, text)
	}
}

func writeRaw(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What was whole before a failure is handed on, page by page.
func TestPagesBeforeAFailureAreWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,n\n1,x\n2,x\n3,x\n4,x\n5")
	pages, err := listAll(t, newSource(t, dir, "path: a.csv\nid: id\npage_size: 2"))
	if source.KindOf(err) != source.Transient || len(pages) != 2 || len(recordsOf(pages)) != 4 || pages[1].Last {
		t.Errorf("%d pages with %d records, then %v", len(pages), len(recordsOf(pages)), err)
	}
}

// A file that is written to, or replaced, does not go on from an old cursor.
func TestChangedFilesExpire(t *testing.T) {
	t.Parallel()
	replace := func(t *testing.T, dir, text string) {
		t.Helper()
		write(t, dir, "new.csv", text)
		if err := os.Rename(filepath.Join(dir, "new.csv"), filepath.Join(dir, "a.csv")); err != nil {
			t.Fatal(err)
		}
	}
	const text = "id,n\n1,x\n2,x\n3,x\n4,x\n"
	for name, change := range map[string]func(t *testing.T, dir string){
		"replaced by a longer one": func(t *testing.T, dir string) { t.Helper(); replace(t, dir, text+"5,x\n") },
		"replaced by one of the same size": func(t *testing.T, dir string) {
			t.Helper()
			replace(t, dir, strings.ReplaceAll(text, "x", "y"))
			// The time may be the same to the tick: the content tells.
			info, err := os.Stat(filepath.Join(dir, "a.csv"))
			if err == nil {
				err = os.Chtimes(filepath.Join(dir, "a.csv"), info.ModTime(), modified())
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"touched": func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Chtimes(filepath.Join(dir, "a.csv"), modified(), modified().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "a.csv", text)
			if err := os.Chtimes(filepath.Join(dir, "a.csv"), modified(), modified()); err != nil {
				t.Fatal(err)
			}
			s := newSource(t, dir, "path: a.csv\nid: id\npage_size: 2")
			pages, err := listAll(t, s)
			if err != nil {
				t.Fatal(err)
			}
			change(t, dir)
			for _, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, pages[0].Next) {
				if e, ok := errors.AsType[*source.Error](err); !ok || e.Kind != source.Expired || e.Code != "file_changed" {
					t.Errorf("going on in another file: %v", err)
				}
			}
			if _, err := listAll(t, s); err != nil {
				t.Errorf("from the start: %v", err)
			}
		})
	}
}

func modified() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// A file that is overwritten while it is open gives no page of the mixture.
func TestOverwrittenWhileListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,n\n1,x\n2,x\n3,x\n")
	s := newSource(t, dir, "path: a.csv\nid: id\npage_size: 1")
	pages := 0
	var last error
	for _, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, "") {
		if last = err; err != nil {
			break
		}
		pages++
		write(t, dir, "a.csv", "id,n\n1,other\n")
	}
	if source.KindOf(last) != source.Expired || pages != 1 {
		t.Errorf("%d pages, then %v", pages, last)
	}
}

// One that is renamed over stays readable to who has it open, to its end.
func TestReplacedWhileListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,n\n1,x\n2,x\n3,x\n")
	s := newSource(t, dir, "path: a.csv\nid: id\npage_size: 1")
	pages := 0
	for _, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, "") {
		if err != nil {
			t.Fatal(err)
		}
		pages++
		write(t, dir, "b.csv", "id,n\n9,y\n")
		if err := os.Rename(filepath.Join(dir, "b.csv"), filepath.Join(dir, "a.csv")); err != nil {
			t.Fatal(err)
		}
	}
	if pages != 3 {
		t.Errorf("%d pages, want 3", pages)
	}
}

// Parts were cut at the line breaks of one file: another one has others.
func TestReplacedBetweenPlanAndList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.ndjson", "{\"id\":1}\n{\"id\":2}\n")
	s := newSource(t, dir, "path: a.ndjson\npartitions: 2")
	plan, err := s.Plan(t.Context())
	if err != nil || len(plan.Partitions) != 2 {
		t.Fatalf("%v, %v; want two partitions", plan, err)
	}
	write(t, dir, "a.ndjson", "{\"id\":100}\n{\"id\":200}\n")
	for _, err := range s.List(t.Context(), plan.Partitions[1], "") {
		if source.KindOf(err) != source.Configuration || !strings.Contains(err.Error(), "sync it again") {
			t.Errorf("a part of another file: %v", err)
		}
	}
}

func TestCursorsOfNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv.gz", "id,n\n1,x\n")
	s := newSource(t, dir, "path: a.csv.gz\nid: id")
	pages, err := listAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	beyond := source.Cursor(strings.Replace(string(pages[0].Next), `"offset":9`, `"offset":999`, 1))
	if beyond == pages[0].Next {
		t.Fatalf("the cursor is %s", beyond)
	}
	for _, cursor := range []source.Cursor{"x", "{}", `{"offset":-1}`, `{"offset":1,"page":2}`, `{"offset":1e99}`, beyond} {
		for _, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, cursor) {
			if source.KindOf(err) != source.Expired {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	}
}
