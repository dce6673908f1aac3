package file_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/source"
)

// fuzzList writes a file, lists it whole and page by page with a source of its
// own for each, and checks that both agree.
func fuzzList(t *testing.T, name, text, config string) ([]source.Record, error) {
	t.Helper()
	dir := t.TempDir()
	writeRaw(t, dir, name, text)
	config = "path: " + name + "\n" + config
	pages, err := listAll(t, newSource(t, dir, config))
	whole := recordsOf(pages)
	stepwise, stepErr := listStepwise(t, newSource(t, dir, config+"\npage_size: 1"))
	if err == nil && stepErr == nil {
		if diff := cmp.Diff(summaries(whole), summaries(stepwise)); diff != "" {
			t.Errorf("read at once and page by page (-once +pages):\n%s", diff)
		}
	}
	if (err == nil) != (stepErr == nil) {
		t.Errorf("read at once: %v; page by page: %v", err, stepErr)
	}
	for _, record := range whole {
		if record.Err == nil && (record.ID == "" || !json.Valid(record.Raw) || !utf8.Valid(record.Raw)) {
			t.Errorf("an unusable record without an error: %q %q", record.ID, record.Raw)
		}
	}
	return whole, err
}

func listStepwise(t *testing.T, s source.Source) ([]source.Record, error) {
	t.Helper()
	var records []source.Record
	cursor := source.Cursor("")
	for {
		for page, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, cursor) {
			if err != nil {
				return records, err
			}
			records = append(records, page.Records...)
			if page.Last {
				return records, nil
			}
			cursor = page.Next
			break
		}
	}
}

// Wherever encoding/csv reads a file without complaint, so does the source,
// with the same values but for the CRLF that it keeps.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"id,n\n1,x\n", "\ufeffid\r\n\"a\r\n\"\"b\"\"\"\r\n\r\n", "id,n\n1\n2,x,y\n3,\"a\nb", "id\n\"\"\n", "a,id\n\"\r\",\"\r\n\r\"\n", "id\na\"b\n\xff\n\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, err := fuzzList(t, "a.csv", "id,"+text, "id: id")
		reader := csv.NewReader(strings.NewReader("id," + text))
		rows, csvErr := reader.ReadAll()
		if csvErr != nil || !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			return
		}
		if err != nil {
			if source.KindOf(err) == source.Configuration && duplicates(rows[0]) {
				return
			}
			t.Fatalf("encoding/csv reads %d rows, the source says: %v", len(rows), err)
		}
		if len(records) != len(rows)-1 {
			t.Fatalf("%d records, encoding/csv reads %d rows", len(records), len(rows)-1)
		}
		for i, record := range records {
			var got map[string]string
			if err := json.Unmarshal(record.Raw, &got); err != nil {
				t.Fatal(err)
			}
			checkRow(t, rows[0], rows[i+1], got)
		}
	})
}

func duplicates(names []string) bool {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// Each line is either a record of just these bytes or one with an error.
func FuzzNDJSON(f *testing.F) {
	for _, seed := range []string{"{\"id\":1}\n", "\n\r\n{\"id\":\"x\"}\n{\"id\":2", "null\n[]\n", "\ufeff{\"id\":1}\n\xff\n{\"a\":\"\\u0000\",\"id\":3}\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, err := fuzzList(t, "a.ndjson", text, "")
		if err != nil {
			return
		}
		var lines []string
		for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
			if line = string(bytes.TrimSpace([]byte(line))); line != "" {
				lines = append(lines, line)
			}
		}
		var got []string
		for _, record := range records {
			got = append(got, string(record.Raw))
		}
		if diff := cmp.Diff(lines, got); diff != "" {
			t.Errorf("lines (-file +records):\n%s", diff)
		}
	})
}

// A document is accepted exactly if encoding/json reads a list of it.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"id":1},{"id":2}]`, ` [ ] `, `[null,1,"x",[[]]]`, `[{"id":1}`, `[{"id":1},]`, `[1]2`, `{"id":1}`, `["\ud800"]`, "[1\n,2]", `[,1]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, err := fuzzList(t, "a.json", text, "")
		var want []json.RawMessage
		wantErr := json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &want)
		if (err == nil) != (wantErr == nil && want != nil) {
			t.Fatalf("encoding/json says %v, the source says %v", wantErr, err)
		}
		if err == nil && len(records) != len(want) {
			t.Fatalf("%d records, encoding/json reads %d elements", len(records), len(want))
		}
		for i, record := range records {
			if err == nil && string(record.Raw) != string(want[i]) {
				t.Errorf("record %d is %q, encoding/json reads %q", i, record.Raw, want[i])
			}
		}
	})
}

// No cursor makes the source panic, or list what does not follow a record.
func FuzzCursor(f *testing.F) {
	dir := f.TempDir()
	write(f, dir, "a.ndjson", "{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n")
	s := newSource(f, dir, "path: a.ndjson\npage_size: 1")
	pages, err := listAll(f, s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(pages[0].Next))
	f.Add(`{"offset":-1,"line":0,"file":""}`)
	f.Add("{}")
	f.Fuzz(func(t *testing.T, cursor string) {
		for page, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, source.Cursor(cursor)) {
			if err != nil && source.KindOf(err) != source.Expired {
				t.Fatalf("cursor %q: %v", cursor, err)
			}
			if len(page.Records) > 1 {
				t.Fatalf("cursor %q: %d records", cursor, len(page.Records))
			}
		}
	})
}

// Normalize reads or refuses any record, and twice alike.
func FuzzNormalize(f *testing.F) {
	f.Add(`{"id":1,"name":"x","created_at":"2021-01-01","topics":["a"],"owner":{"login":"o"}}`)
	f.Add(`{"id":"x","stars":1e999,"archived":"maybe","NAME":[{}]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		s := newSource(t, "", "path: a.json\nfields: {updated_at: when, forks: n}")
		first, err := s.Normalize([]byte(raw))
		again, errAgain := s.Normalize([]byte(raw))
		if diff := cmp.Diff(first, again); diff != "" || (err == nil) != (errAgain == nil) {
			t.Errorf("two readings differ: %v, %v\n%s", err, errAgain, diff)
		}
		if err == nil && (first.ExternalID == "" || first.Name == "" || first.FullPath == "") {
			t.Errorf("a project without id, name or path: %+v", first)
		}
	})
}

// generated is a file's text that is never held whole.
func generated(row func(i int) string, rows int) io.Reader {
	i := -1
	var rest string
	return readerFunc(func(p []byte) (int, error) {
		if rest == "" {
			if i++; i >= rows {
				return 0, io.EOF
			}
			rest = row(i)
		}
		n := copy(p, rest)
		rest = rest[n:]
		return n, nil
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
