package file_test

import (
	"path/filepath"
	"testing"

	"holdfast/internal/killtest"
)

func TestListedByAWorkerThatIsKilled(t *testing.T) {
	t.Parallel()
	var cases []killtest.Case
	for name, options := range map[string]string{"a.csv.gz": "", "a.json": "", "a.ndjson": "partitions: 4\n"} {
		f := &fakeFile{dir: t.TempDir(), name: name, truth: map[string][]byte{}}
		for _, id := range killtest.IDs() {
			f.add(t, id)
		}
		f.save(t)
		cases = append(cases, killtest.Case{
			Name: name, Kind: "file", Truth: f.truth,
			Options: "path: " + filepath.Join(f.dir, name) + "\nid: id\npage_size: 100\n" + options,
		})
	}
	killtest.Run(t, cases...)
}
