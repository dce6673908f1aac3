package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"holdfast/internal/source"
	"holdfast/internal/source/file"
	"holdfast/internal/strictyaml"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings returns what the configuration hands to the driver.
func settings(tb testing.TB, dir, config string) source.Settings {
	tb.Helper()
	root, err := strictyaml.Parse("test.yaml", []byte(config))
	if err != nil {
		tb.Fatal(err)
	}
	return source.Settings{Name: "test", Dir: dir, Log: slog.New(slog.DiscardHandler), Decode: func(options any) error {
		d := strictyaml.NewDecoder(root, strictyaml.Options{})
		d.Decode(options)
		return d.Err()
	}}
}

func newSource(tb testing.TB, dir, config string) source.Source {
	tb.Helper()
	s, err := file.Driver().New(settings(tb, dir, config))
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return s
}

// write puts a file into a new folder, or into the given one.
func write(tb testing.TB, dir, name, text string) {
	tb.Helper()
	if strings.HasSuffix(name, ".gz") {
		text = zip(tb, text)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func zip(tb testing.TB, text string) string {
	tb.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := w.Write([]byte(text))
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return zipped.String()
}

// listAll plans and lists everything in one go.
func listAll(tb testing.TB, s source.Source) ([]source.Page, error) {
	tb.Helper()
	plan, err := s.Plan(tb.Context())
	if err != nil {
		return nil, err
	}
	var pages []source.Page
	for _, partition := range plan.Partitions {
		for page, err := range s.List(tb.Context(), partition, "") {
			if err != nil {
				return pages, err
			}
			pages = append(pages, page)
		}
	}
	return pages, nil
}

func recordsOf(pages []source.Page) []source.Record {
	var records []source.Record
	for _, page := range pages {
		records = append(records, page.Records...)
	}
	return records
}

// mustList lists a file that is written for the test.
func mustList(tb testing.TB, name, text, config string) []source.Record {
	tb.Helper()
	dir := tb.TempDir()
	write(tb, dir, name, text)
	pages, err := listAll(tb, newSource(tb, dir, "path: "+name+"\n"+config))
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	if len(pages) == 0 || !pages[len(pages)-1].Last {
		tb.Fatalf("%s: the last page is not marked", name)
	}
	return recordsOf(pages)
}

// summary is a record as tests compare it.
type summary struct{ ID, Raw, Err string }

func summaries(records []source.Record) []summary {
	var all []summary
	for _, r := range records {
		s := summary{ID: r.ID, Raw: string(r.Raw)}
		if r.Err != nil {
			s.Err = r.Err.Error()
		}
		all = append(all, s)
	}
	return all
}

func TestRecords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, text, config string
		want                     []summary
	}{
		{
			"values arrive as they stood", "a.csv",
			"id,name,note\r\n1, a ,\"x \"\"y\"\", z\"\r\n\r\n2,\"l1\r\nl2\nl3\r\n\",\"\"\n\n3,\"mixed\r\n\",lone\rcr",
			"id: id",
			[]summary{
				{ID: "1", Raw: `{"id":"1","name":" a ","note":"x \"y\", z"}`},
				{ID: "2", Raw: `{"id":"2","name":"l1\r\nl2\nl3\r\n","note":""}`},
				{ID: "3", Raw: `{"id":"3","name":"mixed\r\n","note":"lone\rcr"}`},
			},
		},
		{
			"a mark, a delimiter, a header in order", "a.csv", "\ufeffz;\"a b\";id\n1;2;3\n", "{id: id, delimiter: semicolon}",
			[]summary{{ID: "3", Raw: `{"z":"1","a b":"2","id":"3"}`}},
		},
		{"tabs by the name", "a.TSV", "id\tname\n1\t,\n", "id: id", []summary{{ID: "1", Raw: `{"id":"1","name":","}`}}},
		{"any delimiter", "a.csv", "id·b\n1·2\n", `{id: id, delimiter: "·"}`, []summary{{ID: "1", Raw: `{"id":"1","b":"2"}`}}},
		{"a header alone", "a.csv", "id,name\n", "id: id", nil},
		{"a header alone without a line break", "a.csv.gz", "id,name", "id: id", nil},
		{
			"an id of two columns", "a.csv", "host,no,x\ngit|lab,a\\b,\ngit,lab|a\\b,\n,2,\n", "id: [host, no]",
			[]summary{
				{ID: `git\|lab|a\\b`, Raw: `{"host":"git|lab","no":"a\\b","x":""}`},
				{ID: `git|lab\|a\\b`, Raw: `{"host":"git","no":"lab|a\\b","x":""}`},
				{Raw: `{"host":"","no":"2","x":""}`, Err: "line 4 has no id"},
			},
		},
		{
			"bad rows are set aside", "a.csv",
			"id,name\n1\n2,b,c\n\n3,x\x00y\n4,\xff\n,none\n5,b\"c\n6,\"a\" b\n\"7\n\",\"q\n\"\n8,ok\n", "id: id",
			[]summary{
				{Raw: "1", Err: "line 2 has 1 fields, the header has 2"},
				{Raw: "2,b,c", Err: "line 3 has 3 fields, the header has 2"},
				{ID: "3", Raw: "3,x\x00y", Err: "line 5 contains a NUL byte, which no text in Postgres can hold"},
				{ID: "4", Raw: "4,\xff", Err: "line 6 is not valid UTF-8; save the file as UTF-8"},
				{Raw: `{"id":"","name":"none"}`, Err: "line 7 has no id"},
				{Raw: `5,b"c`, Err: `line 8, column 4: bare " in non-quoted-field`},
				{Raw: `6,"a" b`, Err: `line 9, column 5: extraneous or missing " in quoted-field`},
				{ID: "7\n", Raw: `{"id":"7\n","name":"q\n"}`},
				{ID: "8", Raw: `{"id":"8","name":"ok"}`},
			},
		},
		{
			"ndjson, byte for byte", "a.ndjson", "\ufeff{ \"id\": 1,\t\"a\":[] }\r\n\n  {\"id\":\"x\"}\n{\"id\":12345678901234567890}", "",
			[]summary{{ID: "1", Raw: "{ \"id\": 1,\t\"a\":[] }"}, {ID: "x", Raw: `{"id":"x"}`}, {ID: "12345678901234567890", Raw: `{"id":12345678901234567890}`}},
		},
		{
			"bad lines are set aside", "a.jsonl.gz",
			"{\"id\":1}\nnull\n[1]\n{\"id\":null}\n{no}\n{\"id\":2,\"a\":\"\\u0000\"}\n{\"id\":3,\"a\":\"\\\\u0000\"}\n{\"id\":\"\xff\"}\n", "",
			[]summary{
				{ID: "1", Raw: `{"id":1}`},
				{Raw: "null", Err: "line 2: the record is null, not an object"},
				{Raw: "[1]", Err: "line 3: the record is a list, not an object"},
				{Raw: `{"id":null}`, Err: "line 4: the record's id is null, not an id"},
				{Raw: "{no}", Err: "line 5: is not valid JSON"},
				{ID: "2", Raw: `{"id":2,"a":"\u0000"}`, Err: `line 6: contains a NUL (\u0000), which no text in Postgres can hold`},
				{ID: "3", Raw: `{"id":3,"a":"\\u0000"}`},
				{Raw: "{\"id\":\"\xff\"}", Err: "line 8: the record is not valid UTF-8"},
			},
		},
		{
			"a list", "a.json", "\ufeff\n[ {\"id\": 1} ,\n null, {\"x\":[{}]},{\"id\":\"2\"}\n ]\n", "",
			[]summary{
				{ID: "1", Raw: `{"id": 1}`},
				{Raw: "null", Err: "line 3: the record is null, not an object"},
				{Raw: `{"x":[{}]}`, Err: "line 3: the record has no id"},
				{ID: "2", Raw: `{"id":"2"}`},
			},
		},
		{"an empty list", "a.json", "[]", "", nil},
		{
			"a list in an object", "a.json",
			`{"meta":{"list":[{"id":9}],"n":1e999},"data":{"x":null,"list":[{"a":{"id":1}},{"a":{"id":2}}],"y":[[]]},"z":{}}`,
			"{items: data.list, id: a.id}", []summary{{ID: "1", Raw: `{"a":{"id":1}}`}, {ID: "2", Raw: `{"a":{"id":2}}`}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// Pages of any size hold the same records.
			for _, pageSize := range []string{"1", "2", "1000"} {
				got := summaries(mustList(t, test.file, test.text, addOption(test.config, "page_size: "+pageSize)))
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("records, page size %s (-want +got):\n%s", pageSize, diff)
				}
			}
		})
	}
}

// addOption adds a key to a configuration in either style.
func addOption(config, option string) string {
	if flow, isFlow := strings.CutSuffix(config, "}"); isFlow {
		config = strings.NewReplacer(", ", "\n").Replace(strings.TrimPrefix(flow, "{"))
	}
	return config + "\n" + option
}

// An iteration that stops after any page and goes on from its cursor sees each
// record once, and each page as the uninterrupted one saw it.
func TestResumeAfterEveryPage(t *testing.T) {
	t.Parallel()
	var csv, ndjson, list strings.Builder
	csv.WriteString("\ufeffid,name\r\n\r\n")
	list.WriteString("\ufeff{\"v\": 1, \"data\":{\"items\" : [ ")
	for i := range 23 {
		id := string(rune('a' + i))
		csv.WriteString(id + ",\"é\r\n" + id + "\"\r\n" + strings.Repeat("\r\n", i%3))
		ndjson.WriteString(`{"id":"` + id + "\",\"n\":\"é\"}\n" + strings.Repeat("\n", i%3))
		list.WriteString(strings.Repeat(" , ", min(i, 1)) + `{"id":"` + id + `","n":"é"}` + "\n")
	}
	list.WriteString("] }, \"w\": [] }\n")
	for name, text := range map[string]string{
		"a.csv": csv.String(), "b.csv.gz": csv.String(), "c.ndjson": ndjson.String(), "d.ndjson.gz": ndjson.String(), "e.json": list.String(), "f.json.gz": list.String(),
	} {
		for _, size := range []string{"1", "2", "3", "23", "100"} {
			config := "path: " + name + "\nid: id\npage_size: " + size
			if strings.Contains(name, ".json") {
				config += "\nitems: data.items"
			}
			t.Run(name+" "+size, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write(t, dir, name, text)
				checkResume(t, newSource(t, dir, config))
			})
		}
	}
}

func checkResume(t *testing.T, s source.Source) {
	t.Helper()
	whole, err := listAll(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if records := recordsOf(whole); len(records) != 23 {
		t.Fatalf("%d records, want 23: %v", len(records), summaries(records))
	}
	plan, err := s.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, page := range whole {
		var rest []source.Page
		for next, err := range s.List(t.Context(), plan.Partitions[0], page.Next) {
			if err != nil {
				t.Fatalf("after page %d: %v", i, err)
			}
			rest = append(rest, next)
		}
		want := whole[i+1:]
		if page.Last {
			// Listing from the very end yields an empty last page.
			want = []source.Page{{Next: page.Next, Last: true}}
		}
		if diff := cmp.Diff(want, rest); diff != "" {
			t.Errorf("after page %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestPartitionsCoverTheFile(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 500 {
		raw, err := json.Marshal(map[string]any{"id": i, "pad": strings.Repeat("x", i*i%131)})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(raw)
		text.WriteString("\n")
	}
	want := mustList(t, "a.ndjson", text.String(), "")
	for _, partitions := range []string{"2", "3", "7", "256"} {
		got := mustList(t, "a.ndjson", text.String(), "page_size: 13\npartitions: "+partitions)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s partitions (-want +got):\n%s", partitions, diff)
		}
	}
	// A file of one line has one part, however many are asked for.
	if got := mustList(t, "b.ndjson", `{"id":1}`, "partitions: 9"); len(got) != 1 {
		t.Errorf("%d records, want 1", len(got))
	}
}

func TestCancelledContextEndsTheListing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n"+strings.Repeat("x\n", 500_000))
	s := newSource(t, dir, "path: a.csv\nid: id\npage_size: 1")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.List(ctx, source.Partition{Spec: []byte("{}")}, "") {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the listing ended with %v", last)
	}
}
