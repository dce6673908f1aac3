package invariants_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/invariants"
	"holdfast/internal/project"
)

// full is a project with a value in every column.
func full() project.Project {
	moment := time.Date(2021, 11, 15, 8, 30, 0, 123_456_000, time.UTC)
	return project.Project{
		ExternalID: "a", Name: "A", FullPath: "g/a", Description: new("d"), WebURL: new("https://g/a"),
		Visibility: new("public"), Archived: new(false), DefaultBranch: new("main"), Owner: new("o"),
		Topics: []string{"x", "y"}, Language: new("Go"), License: new("MIT"), Stars: new(int64(3)), Forks: new(int64(0)),
		CreatedAt: &moment, UpdatedAt: &moment, LastActivityAt: &moment,
	}
}

const payloadA = `{"id": "a", "n": 12345678901234567890, "list": [1, null]}`

func withFull(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := dbtest.New(t)
	p := full()
	_, err := pool.Exec(t.Context(), `
		insert into projects (source, external_id, name, full_path, description, web_url, visibility, archived,
			default_branch, owner, topics, language, license, stars, forks, created_at, updated_at, last_activity_at, payload,
			content_hash)
		values ('s', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, '\x01')`,
		p.ExternalID, p.Name, p.FullPath, p.Description, p.WebURL, p.Visibility, p.Archived, p.DefaultBranch, p.Owner, p.Topics,
		p.Language, p.License, p.Stars, p.Forks, p.CreatedAt, p.UpdatedAt, p.LastActivityAt, payloadA)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func mirror(t *testing.T, pool *pgxpool.Pool, truth map[string]invariants.Truth) string {
	t.Helper()
	violations, err := invariants.CheckMirror(t.Context(), pool, "s", truth)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, v := range violations {
		text.WriteString(v.String() + "\n")
	}
	return text.String()
}

func TestAnEqualMirrorBreaksNothing(t *testing.T) {
	t.Parallel()
	p := full()
	// Other spaces, another order of keys, a moment in another zone: equal.
	p.CreatedAt = new(p.CreatedAt.In(time.FixedZone("", 3600)))
	truth := map[string]invariants.Truth{"a": {Payload: []byte(`{"list":[1,null],"n":12345678901234567890,"id":"a"}`), Columns: &p}}
	if text := mirror(t, withFull(t), truth); text != "" {
		t.Error(text)
	}
}

func TestEveryDifferenceOfAMirrorIsFound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ plant, want string }{
		{"delete from projects", "every record of the source has a live row\n\ta"},
		{"update projects set deleted_at = now()", "every record of the source has a live row\n\ta"},
		{"update projects set external_id = 'b'", "every live row is at the source\n\tb"},
		{`update projects set payload = '{"id": "a", "n": 12345678901234567891, "list": [1, null]}'`, "a: payload is"},
		{"update projects set name = 'B'", `Name is "B", not "A"`},
		{"update projects set full_path = 'g/b'", `FullPath is "g/b", not "g/a"`},
		{"update projects set description = null", `Description is <nil>, not "d"`},
		{"update projects set web_url = ''", `WebURL is "", not "https://g/a"`},
		{"update projects set visibility = 'private'", "Visibility is"},
		{"update projects set archived = null", "Archived is <nil>, not false"},
		{"update projects set default_branch = 'x'", "DefaultBranch is"},
		{"update projects set owner = 'x'", "Owner is"},
		{"update projects set topics = '{y,x}'", "Topics is"},
		{"update projects set topics = '{}'", "Topics is"},
		{"update projects set language = 'x'", "Language is"},
		{"update projects set license = 'x'", "License is"},
		{"update projects set stars = 4", "Stars is 4, not 3"},
		{"update projects set forks = null", "Forks is <nil>, not 0"},
		{"update projects set created_at = created_at + interval '1 us'", "CreatedAt is"},
		{"update projects set updated_at = null", "UpdatedAt is <nil>"},
		{"update projects set last_activity_at = now()", "LastActivityAt is"},
	} {
		t.Run(test.plant, func(t *testing.T) {
			t.Parallel()
			pool := withFull(t)
			run(t, pool, test.plant)
			p := full()
			text := mirror(t, pool, map[string]invariants.Truth{"a": {Payload: []byte(payloadA), Columns: &p}})
			if !strings.Contains(text, test.want) {
				t.Errorf("found %q, want %q", text, test.want)
			}
		})
	}
}

func TestPayloadsAloneAreComparedWhereColumnsAreNotKnown(t *testing.T) {
	t.Parallel()
	pool := withFull(t)
	truth := map[string]invariants.Truth{"a": {Payload: []byte(payloadA)}}
	if text := mirror(t, pool, truth); text != "" {
		t.Error(text)
	}
	run(t, pool, `update projects set payload = '{}'`)
	if text := mirror(t, pool, truth); !strings.Contains(text, "payload is {}") {
		t.Errorf("found %q, want the payload", text)
	}
}
