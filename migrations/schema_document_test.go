package migrations_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"holdfast/internal/dbtest"
)

// document describes the schema to people who query it.
const document = "../docs/schema.md"

// TestEveryColumnIsDocumented compares the tables of the document with the
// migrated database: names, types, and what may be null, in order.
func TestEveryColumnIsDocumented(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	const columns = `select
			c.relname || '.' || a.attname || ' '
			|| replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz')
			|| case when a.attnotnull then '' else ', null' end
		from pg_class c
		join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname !~ '^(river|goose)_'
			and a.attnum > 0 and not a.attisdropped
		order by c.relname, a.attnum`
	rows, err := pool.Query(t.Context(), columns)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(byTable(stored), byTable(documentedColumns(t))); diff != "" {
		t.Errorf("columns (-database +%s):\n%s", document, diff)
	}
}

// TestEveryQueryOfTheDocumentRuns runs the document's queries on rows that
// reach into each of them.
func TestEveryQueryOfTheDocumentRuns(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	if _, err := pool.Exec(t.Context(), sampleRows); err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile("(?s)\n```sql\n(.*?)```").FindAllStringSubmatch(readDocument(t), -1)
	if len(queries) == 0 {
		t.Fatalf("no queries found in %s", document)
	}
	for _, query := range queries {
		rows, err := pool.Query(t.Context(), query[1])
		if err == nil {
			_, err = pgx.CollectRows(rows, pgx.RowToMap)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, query[1])
		}
	}
}

// sampleRows are one of each kind that the document's queries convert or join.
const sampleRows = `
	insert into sources (name, kind) values ('gitlab', 'gitlab');
	insert into sync_jobs (id, source, status, trigger, caller, started_at, finished_at, receipt) values
		('01980000-0000-7000-8000-000000000001', 'gitlab', 'succeeded', 'api', 'anonymous', now() - interval '1 minute', now(),
		 '{"verified": true, "rows_seen": 1, "rows_found": 1, "live_rows": 1}');
	insert into sync_partitions (job_id, ordinal, name, spec)
		values ('01980000-0000-7000-8000-000000000001', 1, 'all', '');
	insert into projects (source, external_id, name, full_path, payload, content_hash, deleted_at, deleted_by_job) values
		('gitlab', '1', 'name', 'group/name', '{"open_issues_count": 1}', '', null, null),
		('gitlab', '2', 'gone', 'group/gone', '{}', '', now(), '01980000-0000-7000-8000-000000000001');
	insert into project_changes (project_id, change, fields)
		select id, 'renamed', '{"full_path": {"old": "group/old", "new": "group/name"}}' from projects;
	insert into quarantined_records (job_id, source, partition_id, page_no, reason, payload)
		values ('01980000-0000-7000-8000-000000000001', 'gitlab', 1, 1, 'no id', '\xff007b');`

// documentedColumns reads the document's tables as "table.column type".
func documentedColumns(t *testing.T) []string {
	t.Helper()
	heading := regexp.MustCompile(`^### (\w+)$`)
	column := regexp.MustCompile("^\\| `(\\w+)` \\| ([^|]+) \\| .+ \\|$")
	var table string
	var columns []string
	for line := range strings.Lines(readDocument(t)) {
		line = strings.TrimSpace(line)
		if found := heading.FindStringSubmatch(line); found != nil {
			table = found[1]
		} else if found := column.FindStringSubmatch(line); found != nil {
			columns = append(columns, fmt.Sprintf("%s.%s %s", table, found[1], found[2]))
		}
	}
	return columns
}

// byTable groups columns under their tables, so that a difference names both.
func byTable(columns []string) map[string][]string {
	tables := make(map[string][]string)
	for _, column := range columns {
		table, rest, _ := strings.Cut(column, ".")
		tables[table] = append(tables[table], rest)
	}
	return tables
}

func readDocument(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
