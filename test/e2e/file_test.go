package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/invariants"
	"holdfast/internal/openapi"
)

const (
	november15 = "etalab-repositories-2021-11-15.csv"
	before     = "etalab-repositories-2021-11-02T20.csv.gz"
	outage     = "etalab-repositories-2021-11-03T08-outage.csv.gz"
	back       = "etalab-repositories-2021-11-03T12-back.csv.gz"
)

// realData reads a file of the folder with real data beside the repository.
func realData(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../../shared/data", name))
	if os.IsNotExist(err) {
		t.Skip("the real data is not there: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return text
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = io.ReadAll(unzipped); err != nil {
		t.Fatal(err)
	}
	return text
}

// fileSource lists a CSV file by its column repository_url.
func fileSource(path string) option {
	return withSources(func(string) string {
		return fmt.Sprintf("- name: etalab\n    kind: file\n    path: %s\n    id: repository_url\n    page_size: 100\n"+
			"    fields: {owner: organization_name, stars: stars_count, archived: is_archived}\n", path)
	})
}

// replace puts a file in the place of another one, whole, as its writers should.
func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// csvTruth reads the file with encoding/csv, which differs in one point from
// what a mirror must keep: it turns CRLF within quotes into LF. Those are put
// back by hiding them from it. Of rows with one id the first counts.
func csvTruth(t *testing.T, text []byte) map[string]invariants.Truth {
	t.Helper()
	const hidden = "\ue000"
	rows, err := csv.NewReader(bytes.NewReader(hideBreaks(text, hidden))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]invariants.Truth{}
	for _, row := range rows[1:] {
		record := map[string]string{}
		for i, column := range rows[0] {
			record[column] = strings.ReplaceAll(row[i], hidden, "\r\n")
		}
		id := record["repository_url"]
		if _, again := truth[id]; again {
			continue
		}
		payload, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		truth[id] = invariants.Truth{Payload: payload}
	}
	return truth
}

// hideBreaks replaces every CRLF between quotes.
func hideBreaks(text []byte, by string) []byte {
	var out bytes.Buffer
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case quoted && text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			out.WriteString(by)
			i++
			continue
		}
		out.WriteByte(text[i])
	}
	return out.Bytes()
}

// Every field of 9,157 real rows arrives as it stood.
func TestRealFileArrivesFieldByField(t *testing.T) {
	t.Parallel()
	text := realData(t, november15)
	path := filepath.Join(t.TempDir(), "repositories.csv")
	replace(t, path, text)
	s := start(t, fileSource(path))
	job := s.sync()
	if diff := cmp.Diff(openapi.Counts{Created: 9066, Duplicates: 91}, job.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	s.mirrorsTruth("etalab", csvTruth(t, text))
	// The columns are read from the same fields.
	for column, field := range map[string]string{
		"name": "name", "owner": "organization_name", "stars": "stars_count", "description": "description",
	} {
		differing := ask[int](s, fmt.Sprintf(
			"select count(*) from projects where coalesce(%s::text, '') <> payload ->> '%s'", column, field))
		if differing > 0 {
			t.Errorf("%d rows whose column %s is not the field %s", differing, column, field)
		}
	}
	if again := s.sync(); again.Counts.Unchanged != 9066 {
		t.Errorf("the second sync counts %+v, want 9066 unchanged", again.Counts)
	}
}

// In the outage one host's 326 repositories were missing from a complete file,
// and another host's 45 from the next: all of them came back, and none of them
// is ever given a tombstone. One repository was really gone, and is.
func TestRealOutageTombstonesNothingThatComesBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "repositories.csv")
	replace(t, path, realData(t, before))
	s := start(t, fileSource(path))
	s.sync()
	for _, snapshot := range []struct {
		name            string
		absent, deleted int64
	}{{outage, 327, 0}, {back, 45, 1}, {november15, 14, 0}} {
		replace(t, path, realData(t, snapshot.name))
		job := s.sync()
		if job.Counts.Absent != snapshot.absent || job.Counts.Deleted != snapshot.deleted {
			t.Errorf("%s: %+v, want %d absent and %d deleted", snapshot.name, job.Counts, snapshot.absent, snapshot.deleted)
		}
	}
	for id := range csvTruth(t, realData(t, november15)) {
		if ask[bool](s, "select deleted_at is not null from projects where external_id = $1", id) {
			t.Errorf("%s is listed and has a tombstone", id)
		}
	}
	if n := ask[int](s, "select count(*) from project_changes where change = 'restored'"); n != 0 {
		t.Errorf("%d rows were restored: they had been given a tombstone too early", n)
	}
}

// The worker that reads the file dies again and again; the file's cursor is as
// good as a service's.
func TestWorkerIsKilledWhileReadingAFile(t *testing.T) {
	t.Parallel()
	text := realData(t, november15)
	path := filepath.Join(t.TempDir(), "repositories.csv")
	replace(t, path, text)
	s := start(t, fileSource(path), withWorkers(0), withWorker("lease", "1s"),
		withWorker("pages_per_transaction", "1"))
	job := s.post()
	for _, failpoint := range []string{"page.rows_written:5", "page.commit_sent:20", "page.committed:11", "page.rows_sent:9"} {
		s.startDyingWorker(failpoint).awaitEnd(t, patience)
	}
	s.startWorker()
	done := s.waitFor(job.ID, openapi.JobStatusSucceeded)
	if done.Counts.Created != 9066 || done.Counts.Duplicates != 91 {
		t.Errorf("counts %+v, want 9066 created and 91 duplicates", done.Counts)
	}
	s.mirrorsTruth("etalab", csvTruth(t, text))
}

// The file is replaced in mid-sync: the partition begins again, and what is in
// the table in the end is the new file.
func TestFileIsReplacedInMidSync(t *testing.T) {
	t.Parallel()
	text := realData(t, november15)
	path := filepath.Join(t.TempDir(), "repositories.csv")
	replace(t, path, text)
	s := start(t, fileSource(path), withWorkers(0), withWorker("lease", "1s"),
		withWorker("pages_per_transaction", "1"))
	job := s.post()
	s.startDyingWorker("page.committed:30").awaitEnd(t, patience)
	changed := bytes.ReplaceAll(text, []byte("MIT License"), []byte("The MIT License"))
	replace(t, path, changed)
	s.startWorker()
	s.waitFor(job.ID, openapi.JobStatusSucceeded)
	// Rows that were read from the old file have been read from the new one too,
	// in this job or at the latest in the next.
	s.sync()
	s.mirrorsTruth("etalab", csvTruth(t, changed))
	if n := ask[int](s, "select restarts from sync_partitions where job_id = $1", job.ID); n != 1 {
		t.Errorf("the partition began again %d times, want once", n)
	}
}
