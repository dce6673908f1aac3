package invariants

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/project"
)

// Truth is what a source has of a record, as the caller knows it without
// Holdfast.
type Truth struct {
	// Payload is the record's JSON; the table must hold the same value.
	Payload []byte
	// Columns are what the columns must say, or nil to compare the payload alone.
	Columns *project.Project
}

// CheckMirror compares the live rows of a source with the truth, field by
// field (I8). The truth is keyed by external id; it must have stood still since
// before the last sync began.
func CheckMirror(ctx context.Context, pool *pgxpool.Pool, source string, truth map[string]Truth) ([]Violation, error) {
	rows, err := pool.Query(ctx, `
		select external_id, name, full_path, description, web_url, visibility, archived, default_branch, owner, topics,
			language, license, stars, forks, created_at, updated_at, last_activity_at, payload
		from projects
		where source = $1 and deleted_at is null
		order by id`, source)
	if err != nil {
		return nil, fmt.Errorf("read the rows of %s: %w", source, err)
	}
	missing := make(map[string]struct{}, len(truth))
	for id := range truth {
		missing[id] = struct{}{}
	}
	surplus := Violation{Invariant: "I8", Rule: "every live row is at the source"}
	differing := Violation{Invariant: "I8", Rule: "every live row says what the source says"}
	var p project.Project
	var payload []byte
	_, err = pgx.ForEachRow(rows, []any{
		&p.ExternalID, &p.Name, &p.FullPath, &p.Description, &p.WebURL, &p.Visibility, &p.Archived, &p.DefaultBranch,
		&p.Owner, &p.Topics, &p.Language, &p.License, &p.Stars, &p.Forks, &p.CreatedAt, &p.UpdatedAt, &p.LastActivityAt,
		&payload,
	}, func() error {
		want, known := truth[p.ExternalID]
		if !known {
			show(&surplus, p.ExternalID)
			return nil
		}
		delete(missing, p.ExternalID)
		if difference := want.difference(&p, payload); difference != "" {
			show(&differing, p.ExternalID+": "+difference)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the rows of %s: %w", source, err)
	}
	absent := Violation{Invariant: "I8", Rule: "every record of the source has a live row"}
	for id := range missing {
		show(&absent, id)
	}
	return broken(absent, surplus, differing), nil
}

// difference says what a row has that the truth has not, or nothing.
func (t Truth) difference(p *project.Project, payload []byte) string {
	if !sameJSON(t.Payload, payload) {
		return fmt.Sprintf("payload is %s, not %s", payload, t.Payload)
	}
	if t.Columns == nil {
		return ""
	}
	var differences []string
	got, want := reflect.ValueOf(*p), reflect.ValueOf(*t.Columns)
	for i := range got.NumField() {
		if g, w := plain(got.Field(i)), plain(want.Field(i)); !reflect.DeepEqual(g, w) {
			differences = append(differences, fmt.Sprintf("%s is %#v, not %#v", got.Type().Field(i).Name, g, w))
		}
	}
	return strings.Join(differences, "; ")
}

// plain is a column's value in a form that can be compared: without pointers,
// moments in UTC with the microseconds that Postgres keeps.
func plain(v reflect.Value) any {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch value := v.Interface().(type) {
	case time.Time:
		return value.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	case []string:
		if value == nil {
			return nil
		}
		return value
	default:
		return value
	}
}

// sameJSON compares values, not bytes: jsonb keeps neither spaces nor the order
// of keys. Numbers are compared by their digits, which jsonb keeps.
func sameJSON(a, b []byte) bool {
	return reflect.DeepEqual(decoded(a), decoded(b))
}

func decoded(text []byte) any {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return value
}

// show adds one more row that breaks the rule, up to what is shown.
func show(v *Violation, row string) {
	if len(v.Rows) < maxRows {
		v.Rows = append(v.Rows, row)
	}
}

// broken returns those of the violations that have rows.
func broken(violations ...Violation) []Violation {
	return slices.DeleteFunc(violations, func(v Violation) bool { return len(v.Rows) == 0 })
}
