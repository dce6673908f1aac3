package source_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/project"
	"holdfast/internal/source"
)

// words is a source whose records are "id name owner".
type words struct{ source.Source }

func (words) Normalize(raw []byte) (project.Project, error) {
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return project.Project{}, errors.New("the record has no name")
	}
	p := project.Project{ExternalID: fields[0], Name: fields[1], FullPath: fields[1]}
	if len(fields) > 2 {
		p.Owner = &fields[2]
	}
	return p, nil
}

func TestInspect(t *testing.T) {
	t.Parallel()
	const empty = "left empty by every record: archived, created_at, default_branch, description, forks, language, last_activity_at, license, " +
		"OWNERstars, topics, updated_at, visibility, web_url; map them with fields if the records have them"
	for name, tc := range map[string]struct {
		records  []string
		projects int64
		want     []string
	}{
		"nothing": {},
		"all well": {records: []string{"1 one ann", "2 two"}, projects: 2, want: []string{
			`the first project has the id "1" and the name "one"`, strings.Replace(empty, "OWNER", "", 1),
		}},
		"a value for a column comes later": {records: []string{"1 one", "2 two ann", "3 three"}, projects: 3, want: []string{
			`the first project has the id "1" and the name "one"`, strings.Replace(empty, "OWNER", "", 1),
		}},
		"none can be read": {records: []string{"!the record has no id", "2"}, want: []string{
			"2 of 2 records cannot be read and would be quarantined; the first: the record has no id",
		}},
		"a reason that goes on": {records: []string{"!" + strings.Repeat("\x00", 500)}, want: []string{
			"1 of 1 records cannot be read and would be quarantined; the first: " + strings.Repeat("\ufffd", 300),
		}},
		"wrong id and name": {records: []string{"x", "1 one", "1 two", "1 1", "2 2"}, projects: 2, want: []string{
			`the first project has the id "1" and the name "one"`,
			"1 of 5 records cannot be read and would be quarantined; the first: the record has no name",
			"2 of 5 records have an id that came before, and only the first with an id is kept: does id name what tells records apart?",
			"2 of 4 projects have their id for a name: fields.name says where the name is",
			strings.Replace(empty, "OWNER", "owner, ", 1),
		}},
		"long and odd": {records: []string{strings.Repeat("ü", 101) + "\x00 \x1b[1m ann"}, projects: 1, want: []string{
			`the first project has the id "` + strings.Repeat("ü", 100) + `" and the name "\x1b[1m"`, strings.Replace(empty, "OWNER", "", 1),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var records []source.Record
			for _, text := range tc.records {
				record := source.Record{Raw: []byte(text)}
				if reason, odd := strings.CutPrefix(text, "!"); odd {
					record.Err = errors.New(reason)
				}
				records = append(records, record)
			}
			projects, notes, err := source.Inspect(t.Context(), words{}, records)
			if diff := cmp.Diff(tc.want, notes); diff != "" || projects != tc.projects || err != nil {
				t.Errorf("%d projects, want %d, %v\n%s", projects, tc.projects, err, diff)
			}
		})
	}
}

func TestInspectEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := source.Inspect(ctx, words{}, make([]source.Record, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
