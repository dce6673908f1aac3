package project

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// Field is a column's value before and after a change.
type Field struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// The kinds of change in a project's history.
const (
	Created  = "created"
	Updated  = "updated"
	Renamed  = "renamed"
	Deleted  = "deleted"
	Restored = "restored"
)

// Diff names the change from old to new and returns its fields as JSON: the
// columns that differ, or "payload" alone when only the raw record does. A row
// that comes back is restored, whatever else changed; one with another full
// path is renamed.
func Diff(old, changed *Project, wasDeleted bool) (change string, fields json.RawMessage, err error) {
	differing := map[string]Field{}
	before, after := old.columns(), changed.columns()
	for name, value := range after {
		if !reflect.DeepEqual(before[name], value) {
			differing[name] = Field{Old: before[name], New: value}
		}
	}
	_, renamed := differing["full_path"]
	change = Updated
	switch {
	case wasDeleted:
		change = Restored
	case renamed:
		change = Renamed
	case len(differing) == 0:
		return change, json.RawMessage(`{"payload":null}`), nil
	}
	fields, err = json.Marshal(differing)
	return change, fields, err
}

// columns lists a project's values by column, in a form that can be compared
// and encoded: no pointers, moments in UTC with the microseconds that Postgres
// keeps.
func (p *Project) columns() map[string]any {
	columns := map[string]any{
		"name": p.Name, "full_path": p.FullPath, "description": value(p.Description), "web_url": value(p.WebURL),
		"visibility": value(p.Visibility), "archived": value(p.Archived), "default_branch": value(p.DefaultBranch),
		"owner": value(p.Owner), "language": value(p.Language), "license": value(p.License),
		"stars": value(p.Stars), "forks": value(p.Forks), "created_at": moment(p.CreatedAt),
		"updated_at": moment(p.UpdatedAt), "last_activity_at": moment(p.LastActivityAt), "topics": nil,
	}
	if p.Topics != nil {
		columns["topics"] = slices.Clone(p.Topics)
	}
	return columns
}

// Unstated names the columns without a value, in alphabetical order.
func (p *Project) Unstated() []string {
	var names []string
	for name, value := range p.columns() {
		if value == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}
