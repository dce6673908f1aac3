package jobs

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// stamped reads a record as its bytes, refuses "bad", and counts.
type stamped struct {
	source.Source

	read int
}

func (s *stamped) Version() string { return "stamped/1" }

func (s *stamped) Normalize(raw []byte) (project.Project, error) {
	s.read++
	if string(raw) == "bad" {
		return project.Project{}, errors.New("bad record")
	}
	return project.Project{Name: string(raw), FullPath: "path"}, nil
}

// TestSiftReadsAhead checks that reading ahead changes when a record is read,
// and nothing else.
func TestSiftReadsAhead(t *testing.T) {
	t.Parallel()
	records := []source.Record{
		{ID: "1", Raw: []byte("one")},
		{ID: "2", Raw: []byte("bad")},
		{ID: "1", Raw: []byte("again")},
		{ID: "3", Raw: []byte("three"), Err: errors.New("no object")},
		{ID: "", Raw: []byte("nameless")},
	}
	type outcome struct {
		ID, Name, Err string
	}
	sorted := func(readAhead bool) (outcomes []outcome, read int) {
		src := &stamped{}
		w := &pagesWork{slice: &slice{source: Source{Source: src}}}
		s := sift(records, w.slice.source, readAhead)
		if s.duplicates != 1 || len(s.rejected) != 1 {
			t.Errorf("%d duplicates and %d rejected, want one of each", s.duplicates, len(s.rejected))
		}
		read = src.read
		for i := range s.candidates {
			o := outcome{ID: s.candidates[i].id}
			p, err := w.normalize(&s.candidates[i])
			if o.Name = p.Name; err != nil {
				o.Err = err.Error()
			}
			outcomes = append(outcomes, o)
		}
		if src.read != 2 {
			t.Errorf("read %d records, want each of the two usable ones once", src.read)
		}
		return outcomes, read
	}
	late, readLate := sorted(false)
	early, readEarly := sorted(true)
	if readLate != 0 || readEarly != 2 {
		t.Errorf("sifting read %d and, ahead, %d records, want 0 and 2", readLate, readEarly)
	}
	want := []outcome{{"1", "one", ""}, {"2", "", "bad record"}, {"3", "", "no object"}}
	for name, got := range map[string][]outcome{"late": late, "early": early} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A record without an id is put aside with one reason, the source's own where
// it has one: it says the line.
func TestSiftGivesOneReason(t *testing.T) {
	t.Parallel()
	s := sift([]source.Record{{Raw: []byte("a"), Err: errors.New("line 6 has no id")}, {Raw: []byte("b")}}, Source{Source: &stamped{}}, false)
	got := []string{s.rejected[0].Reason, s.rejected[1].Reason}
	if diff := cmp.Diff([]string{"line 6 has no id", project.CheckID("").Error()}, got); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}
