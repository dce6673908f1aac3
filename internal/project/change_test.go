package project_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast/internal/project"
)

func TestDiff(t *testing.T) {
	t.Parallel()
	moment := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 3600))
	old := project.Project{
		ExternalID: "1", Name: "a", FullPath: "g/a", Description: new("d"), Stars: new(int64(1)),
		Topics: []string{"x"}, CreatedAt: new(moment.Truncate(time.Microsecond).UTC()),
	}
	tests := map[string]struct {
		change  func(p *project.Project)
		deleted bool
		want    string
		fields  string
	}{
		"only the record": {func(*project.Project) {}, false, project.Updated, `{"payload":null}`},
		"a column":        {func(p *project.Project) { p.Name = "b" }, false, project.Updated, `{"name":{"old":"a","new":"b"}}`},
		"to null": {
			func(p *project.Project) { p.Description = nil }, false, project.Updated,
			`{"description":{"old":"d","new":null}}`,
		},
		"topics": {
			func(p *project.Project) { p.Topics = []string{} }, false, project.Updated, `{"topics":{"old":["x"],"new":[]}}`,
		},
		"renamed": {
			func(p *project.Project) { p.FullPath = "h/a"; p.Stars = new(int64(2)) }, false, project.Renamed,
			`{"full_path":{"old":"g/a","new":"h/a"},"stars":{"old":1,"new":2}}`,
		},
		"back unchanged": {func(*project.Project) {}, true, project.Restored, `{}`},
		"back renamed": {
			func(p *project.Project) { p.FullPath = "h/a" }, true, project.Restored,
			`{"full_path":{"old":"g/a","new":"h/a"}}`,
		},
		"a moment finer than Postgres keeps": {
			func(p *project.Project) { p.CreatedAt = &moment }, false, project.Updated, `{"payload":null}`,
		},
	}
	for name, test := range tests {
		changed := old
		test.change(&changed)
		change, fields, err := project.Diff(&old, &changed, test.deleted)
		if err != nil || change != test.want || string(fields) != test.fields {
			t.Errorf("%s: Diff() = %s %s, %v, want %s %s", name, change, fields, err, test.want, test.fields)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]error{
		"": project.ErrNoID, "a\x00b": project.ErrBadID, "\xff": project.ErrBadID,
		strings.Repeat("x", 513): project.ErrBadID, strings.Repeat("x", 512): nil, "0": nil, "{uuid}": nil,
	} {
		if err := project.CheckID(id); !errors.Is(err, want) {
			t.Errorf("CheckID(%.20q) = %v, want %v", id, err, want)
		}
	}
	for year, want := range map[int]error{1: nil, 9999: nil, 0: project.ErrDate, 10000: project.ErrDate} {
		p := project.Project{UpdatedAt: new(time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC))}
		if err := p.Check(); !errors.Is(err, want) {
			t.Errorf("Check() with the year %d = %v, want %v", year, err, want)
		}
	}
}
