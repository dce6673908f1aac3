package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/bench/report"
)

func sample() *report.Report {
	load := report.Compare("new rows", "COPY", "rows/s", []float64{21_000, 24_000, 18_000}, []float64{40_000, 32_000, 30_000}, report.AtLeast(0.65))
	wal := report.CompareLimit("write-ahead log", "bytes/row", []float64{6, 7, 5}, 20).Noted("%d dead rows", 0)
	shown := report.Compare("pages", "one COPY", "ms", []float64{3.14159}, []float64{0.0123}, nil)
	load.Group, wal.Group, shown.Group = "Loading", "Again", "Again"
	return &report.Report{
		Started: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Took: 90 * time.Second, Command: "make bench ROWS=1000",
		Machine: report.Machine{CPU: "Some CPU", Cores: 2, MemoryMB: 8192, OS: "linux/amd64", Go: "go1.26", Postgres: "15.1", Settings: "fsync on", SyncMicros: 250, Load: "0.50"},
		Rows:    []report.Row{load, wal, shown},
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	row := sample().Rows[0]
	// The ratios are 0.525, 0.75 and 0.6: of pairs, not of the medians.
	if row.Ratio.Median != 0.6 || row.Ratio.Low != 0.525 || row.Ratio.High != 0.75 || row.Ratio.Count != 3 {
		t.Errorf("ratio: %+v", row.Ratio)
	}
	if row.Ours.Median != 21_000 || row.Theirs.Median != 32_000 {
		t.Errorf("medians: %g and %g", row.Ours.Median, row.Theirs.Median)
	}
}

func TestMark(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mark  *report.Mark
		ratio float64
		met   bool
		text  string
	}{
		"above":                         {report.AtLeast(0.65), 0.7, true, "≥ 0.65"},
		"reached as it is printed":      {report.AtLeast(0.65), 0.6451, true, "≥ 0.65"},
		"not reached":                   {report.AtLeast(0.65), 0.6449, false, "≥ 0.65"},
		"below":                         {report.AtMost(1.2), 1.1, true, "≤ 1.2"},
		"not exceeded as it is printed": {report.AtMost(1), 1.004, true, "≤ 1"},
		"exceeded":                      {report.AtMost(1), 1.006, false, "≤ 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.mark.Met(test.ratio) != test.met || test.mark.String() != test.text {
				t.Errorf("%s of %g: %t, want %t", test.mark, test.ratio, !test.met, test.met)
			}
		})
	}
}

func TestWriteMarkdown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sample().WriteMarkdown(&out); err != nil {
		t.Fatal(err)
	}
	want := "Measured on 2026-11-23 09:00 UTC in 1m30s by `make bench ROWS=1000`.\n\n" +
		"Some CPU, 2 cores, 8192 MB of memory, linux/amd64, go1.26; load average at the start 0.50." +
		" PostgreSQL 15.1 with fsync on; a commit takes 250 µs to be durable.\n\n" +
		`### Loading

| measured | Holdfast | against | its figure | ratio | low–high | want |  |
|---|--:|---|--:|--:|--:|--:|---|
| new rows | 21,000 rows/s | COPY | 32,000 rows/s | 0.60 | 0.53–0.75 | ≥ 0.65 | missed |

### Again

| measured | Holdfast | against | its figure | ratio | low–high | want |  |
|---|--:|---|--:|--:|--:|--:|---|
| write-ahead log | 6.00 bytes/row | the limit | 20.0 bytes/row | 0.30 | 0.25–0.35 | ≤ 1 | met |
| pages | 3.14 ms | one COPY | 0.01 ms | 255 | 255–255 | shown |  |

- write-ahead log: 0 dead rows
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sample().WriteText(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	want := []string{
		"Loading",
		"  measured               Holdfast  against        its figure  ratio   low–high    want        ",
		"  new rows          21,000 rows/s  COPY        32,000 rows/s   0.60  0.53–0.75  ≥ 0.65  missed",
		"",
		"Again",
		"  measured               Holdfast  against        its figure  ratio   low–high    want        ",
		"  write-ahead log  6.00 bytes/row  the limit  20.0 bytes/row   0.30  0.25–0.35     ≤ 1  met   ",
		"  pages                   3.14 ms  one COPY          0.01 ms    255    255–255   shown        ",
		"",
	}
	if diff := cmp.Diff(want, lines[2:]); diff != "" {
		t.Error(diff)
	}
}

// TestWriteJSON checks that the file has every value that was measured.
func TestWriteJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sample().WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var read report.Report
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*sample(), read); diff != "" {
		t.Error(diff)
	}
}

func TestThisMachine(t *testing.T) {
	t.Parallel()
	m := report.ThisMachine()
	if m.Cores < 1 || m.Go == "" || m.OS == "" {
		t.Errorf("%+v", m)
	}
}
