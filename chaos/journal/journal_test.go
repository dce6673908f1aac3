package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast/chaos/journal"
)

func TestWhatWasAppendedIsReadBack(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "client-1.jsonl")
	j, err := journal.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Create(name); err == nil {
		t.Error("a journal was begun over another one")
	}
	want := []journal.Record{accepted("k", "a", "b"), ended("a", "failed"), rows(row("7", 3))}
	for _, r := range want {
		if err := j.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil || strings.Count(string(text), "\n") != len(want) {
		t.Errorf("the file has %q, %v: want a line for each record before the journal is closed", text, err)
	}
	got, err := j.Close()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(journal.Record{}, "At")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func at(version int) time.Time { return time.Unix(int64(version), 0).UTC() }

func accepted(key string, jobs ...string) journal.Record {
	return journal.Record{Accepted: &journal.Accepted{Key: key, Jobs: jobs}}
}

func ended(job, status string) journal.Record {
	return journal.Record{Ended: &journal.Ended{Job: job, Status: status}}
}

func row(id string, version int) journal.Row { return journal.Row{ID: id, ChangedAt: at(version)} }

func rows(seen ...journal.Row) journal.Record { return journal.Record{Rows: seen} }

func TestCheck(t *testing.T) {
	t.Parallel()
	facts := journal.Facts{
		Jobs: map[string]string{"a": "succeeded", "b": "cancelled", "c": "running"},
		Rows: map[string]time.Time{"1": at(5)},
	}
	for _, test := range []struct {
		name     string
		journals [][]journal.Record
		want     []string
	}{
		{"all is as it was told", [][]journal.Record{
			{accepted("k", "a"), accepted("k", "a"), accepted("", "b"), ended("a", "succeeded"), rows(row("1", 3)), rows(row("1", 5))},
			{rows(row("1", 5)), ended("a", "succeeded")},
		}, nil},
		{"clients see versions in any order among each other", [][]journal.Record{{rows(row("1", 5))}, {rows(row("1", 3))}}, nil},
		{"a promised job is gone", [][]journal.Record{{accepted("", "lost")}}, []string{"I1"}},
		{"a promised job has not ended", [][]journal.Record{{accepted("", "c")}}, []string{"I1"}},
		{"a key has two jobs", [][]journal.Record{{accepted("k", "a")}, {accepted("k", "b")}}, []string{"I4"}},
		{"an end was left", [][]journal.Record{{ended("a", "failed")}}, []string{"I11"}},
		{"an end was left and came back", [][]journal.Record{{ended("b", "cancelled"), ended("b", "failed"), ended("b", "cancelled")}}, []string{"I11"}},
		{"two clients saw different ends", [][]journal.Record{{ended("a", "succeeded")}, {ended("a", "failed")}}, []string{"I11"}},
		{"a client saw a job run that had ended for it, whoever else saw the end", [][]journal.Record{
			{ended("a", "succeeded")}, {ended("a", "succeeded"), ended("a", "running")}, {ended("a", "succeeded")},
		}, []string{"I11"}},
		{"a row is gone", [][]journal.Record{{rows(row("2", 1))}}, []string{"I7"}},
		{"a row is older", [][]journal.Record{{rows(row("1", 6))}}, []string{"I7"}},
		{"a row went back while it was watched", [][]journal.Record{{rows(row("1", 5)), rows(row("1", 4))}}, []string{"I7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, v := range journal.Check(test.journals, facts) {
				got = append(got, v.Invariant)
				if len(v.Rows) == 0 {
					t.Errorf("%s names no row", v.Rule)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
