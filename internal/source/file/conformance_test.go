package file_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"holdfast/internal/source"
	"holdfast/internal/source/sourcetest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"a.csv": "", "a.csv.gz": "", "a.ndjson": "", "a.ndjson.gz": "", "a.json": "", "a.json.gz": "",
		"parts.ndjson": "\npartitions: 4", "object.json": "\nitems: data.list",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sourcetest.Run(t, sourcetest.Case{Start: func(t *testing.T, ids []string) *sourcetest.Service {
				t.Helper()
				if len(ids) == 0 && strings.Contains(name, "ndjson") {
					t.Skip("an empty ndjson file is refused: it cannot be told from one that was cut")
				}
				f := &fakeFile{dir: t.TempDir(), name: name, truth: map[string][]byte{}}
				for _, id := range ids {
					f.add(t, id)
				}
				f.save(t)
				service := &sourcetest.Service{
					New: func(t *testing.T) source.Source {
						t.Helper()
						return newSource(t, f.dir, "path: "+name+"\nid: id\npage_size: 7"+config)
					},
					Truth: func() map[string][]byte { return f.truth },
				}
				if !strings.Contains(name, "csv") {
					service.AddOdd = func(after, raw string) { f.addOdd(t, after, raw) }
				}
				return service
			}})
		})
	}
}

// fakeFile writes a file of any format from JSON elements.
type fakeFile struct {
	dir, name string
	ids       []string
	elements  []string
	truth     map[string][]byte
}

func (f *fakeFile) add(t *testing.T, id string) {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"id": id, "name": "Übung " + id, "full_path": "g/" + id, "note": "a,\"b\"\r\nc"})
	if err != nil {
		t.Fatal(err)
	}
	f.ids, f.elements = append(f.ids, id), append(f.elements, string(raw))
	f.truth[id] = raw
}

func (f *fakeFile) addOdd(t *testing.T, after, raw string) {
	t.Helper()
	at := slices.Index(f.ids, after) + 1
	f.ids, f.elements = slices.Insert(f.ids, at, ""), slices.Insert(f.elements, at, raw)
	f.save(t)
}

func (f *fakeFile) save(t *testing.T) {
	t.Helper()
	switch list := "[" + strings.Join(f.elements, ",\n") + "]"; {
	case strings.Contains(f.name, "csv"):
		write(t, f.dir, f.name, f.csv(t))
	case strings.Contains(f.name, "ndjson"):
		write(t, f.dir, f.name, strings.Join(f.elements, "\n")+"\n")
	case strings.Contains(f.name, "object"):
		write(t, f.dir, f.name, `{"n":1,"data":{"other":[{"id":"x"}],"list":`+list+`},"end":true}`)
	default:
		write(t, f.dir, f.name, list)
	}
}

// csv writes the records with their columns in the order of encoding/json.
func (f *fakeFile) csv(t *testing.T) string {
	t.Helper()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	rows := [][]string{{"full_path", "id", "name", "note"}}
	for _, element := range f.elements {
		var record map[string]string
		if err := json.Unmarshal([]byte(element), &record); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, []string{record["full_path"], record["id"], record["name"], record["note"]})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	// The writer turns "\r\n" in fields as it is told for lines: not at all.
	return text.String()
}
