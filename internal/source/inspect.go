package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast/internal/project"
)

// Inspect reads the records of a first page as a sync would, for the [Report]
// of a source whose options say where ids and columns are: wrong options show
// here, before a sync quarantines everything. It returns how many projects the
// records make, and what a person should look at. Its error is the context's:
// what reads a record may be a program that takes its time.
func Inspect(ctx context.Context, src Source, records []Record) (projects int64, notes []string, err error) {
	i := inspection{ids: map[string]bool{}}
	for _, record := range records {
		if err := ctx.Err(); err != nil {
			return 0, nil, fmt.Errorf("read the first page's records: %w", err)
		}
		i.read(src, record)
	}
	return int64(len(i.ids)), i.notes(len(records)), nil
}

// inspection gathers what is seen.
type inspection struct {
	ids   map[string]bool
	first project.Project
	// empty are the columns that no record has filled so far.
	empty []string
	// unreadable, repeated and nameless count records; reason is why the first
	// one cannot be read.
	unreadable, repeated, nameless int
	reason                         error
}

func (i *inspection) read(src Source, record Record) {
	p, err := project.Project{}, record.Err
	if err == nil {
		p, err = src.Normalize(record.Raw)
	}
	if err != nil {
		if i.unreadable++; i.unreadable == 1 {
			i.reason = err
		}
		return
	}
	if len(i.ids) == 0 {
		i.first, i.empty = p, p.Unstated()
	}
	unstated := p.Unstated()
	i.empty = slices.DeleteFunc(i.empty, func(column string) bool { return !slices.Contains(unstated, column) })
	if p.Name == p.ExternalID {
		i.nameless++
	}
	if i.ids[p.ExternalID] {
		i.repeated++
	}
	i.ids[p.ExternalID] = true
}

// notes puts it into words; records is how many were looked at.
func (i *inspection) notes(records int) []string {
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if len(i.ids) > 0 {
		add("the first project has the id %.100q and the name %.100q", i.first.ExternalID, i.first.Name)
	}
	if i.unreadable > 0 {
		// A jq program words its errors itself, and no report can be stored with a NUL in it.
		reason := strings.ReplaceAll(i.reason.Error(), "\x00", "\ufffd")
		add("%d of %d records cannot be read and would be quarantined; the first: %.300s", i.unreadable, records, reason)
	}
	if i.repeated > 0 {
		add("%d of %d records have an id that came before, and only the first with an id is kept: does id name what tells records apart?",
			i.repeated, records)
	}
	if i.nameless > 0 {
		add("%d of %d projects have their id for a name: fields.name says where the name is", i.nameless, records-i.unreadable)
	}
	if len(i.empty) > 0 {
		add("left empty by every record: %s; map them with fields if the records have them", strings.Join(i.empty, ", "))
	}
	return notes
}
