package file_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"holdfast/internal/source"
)

// generate writes a file of many rows without holding it.
func generate(tb testing.TB, dir, name, header string, row func(i int) string, rows int) int64 {
	tb.Helper()
	out, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	buffered := bufio.NewWriterSize(out, 1<<20)
	size, err := io.Copy(buffered, io.MultiReader(strings.NewReader(header), generated(row, rows)))
	if err == nil {
		err = buffered.Flush()
	}
	if closeErr := out.Close(); err != nil || closeErr != nil {
		tb.Fatal(err, closeErr)
	}
	return size
}

func csvRow(i int) string {
	return fmt.Sprintf("%d,Projet n° %d,\"%s, \"\"quoted\"\"\",2021-11-15T10:00:00Z,True,%s\n", i, i, strings.Repeat("text ", 20), strings.Repeat("x", 200))
}

func jsonRow(i int) string {
	return fmt.Sprintf(`{"id":%d,"name":"Projet n° %d","text":"%s","created_at":"2021-11-15T10:00:00Z","pad":"%s"}`+"\n",
		i, i, strings.Repeat("text ", 20), strings.Repeat("x", 200))
}

// BenchmarkList reads and splits a file of each format.
func BenchmarkList(b *testing.B) {
	const rows = 20_000
	commaRow := func(i int) string { return "," + jsonRow(i) }
	for _, bench := range []struct {
		name, header string
		row          func(int) string
	}{
		{"a.csv", "id,name,text,created_at,archived,pad\n", csvRow},
		{"a.ndjson", "", jsonRow},
		{"a.json", "[{\"id\":\"first\"}\n", commaRow},
	} {
		b.Run(bench.name, func(b *testing.B) {
			dir := b.TempDir()
			size := generate(b, dir, bench.name, bench.header, func(i int) string {
				if bench.name == "a.json" && i == rows-1 {
					return "]"
				}
				return bench.row(i)
			}, rows)
			s := newSource(b, dir, "path: "+bench.name+"\nid: id")
			b.SetBytes(size)
			for b.Loop() {
				if _, err := listAll(b, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkNormalize reads the columns of one record.
func BenchmarkNormalize(b *testing.B) {
	s := newSource(b, "", "path: a.json")
	raw := []byte(jsonRow(1))
	for b.Loop() {
		if _, err := s.Normalize(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// A file larger than any buffer is read in flat memory. No other test may run
// beside this one, for they share the heap.
func TestMemoryStaysFlat(t *testing.T) { //nolint:paralleltest // see above
	dir := t.TempDir()
	const rows = 100_000
	size := generate(t, dir, "a.csv", "id,name,text,created_at,archived,pad\n", csvRow, rows)
	s := newSource(t, dir, "path: a.csv\nid: id\npage_size: 500")
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, seen, pages := uint64(0), 0, 0
	for page, err := range s.List(t.Context(), source.Partition{Spec: []byte("{}")}, "") {
		if err != nil {
			t.Fatal(err)
		}
		seen += len(page.Records)
		if pages++; pages%50 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
	}
	if grown := int64(most) - int64(before.HeapAlloc); seen != rows || grown > 4<<20 {
		t.Errorf("%d rows of %d bytes grew the heap by %d bytes", seen, size, grown)
	}
}
