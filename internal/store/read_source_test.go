package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/dbtest"
	"holdfast/internal/project"
	"holdfast/internal/store"
)

func TestSourceFigures(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	const job = `insert into sync_jobs (id, source, mode, trigger, caller, status, phase, started_at, finished_at, waiting_reason)
		values (gen_random_uuid(), 'a', 'full', 'api', 'ann', `
	for _, statement := range []string{
		"insert into sources (name, kind, config_failures) values ('a', 'x', 3), ('b', 'x', 0), ('c', 'x', 9)",
		job + "'succeeded', 'done', '2026-11-23', '2026-11-23T08:00:00Z', null)",
		job + "'failed', 'done', '2026-11-24', '2026-11-24T08:00:00Z', null)",
		job + "'waiting', 'list', now(), null, 'rate_limited')",
		job + "'waiting', 'plan', null, null::timestamptz, 'source_busy')",
		"insert into deletion_plans (source, job_id, held, live, absent_runs) select 'a', id, 30, 100, 2 from sync_jobs where status = 'succeeded'",
		"insert into deletion_plans (source, job_id, state, held, live, absent_runs) select 'b', id, 'discarded', 7, 100, 2 from sync_jobs where status = 'failed'",
	} {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	got, err := store.New(pool).SourceFigures(t.Context(), []string{"a", "b", "never asked for"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]project.SourceFigures{
		"a": {
			Name: "a", ConfigFailures: 3, LastSuccessAt: new(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)),
			HeldDeletions: 30, Queued: 1, Waiting: 1,
		},
		"b": {Name: "b"},
	}
	byName := map[string]project.SourceFigures{}
	for _, f := range got {
		byName[f.Name] = f
	}
	if diff := cmp.Diff(want, byName); diff != "" || len(got) != len(want) {
		t.Errorf("%d figures (-want +got):\n%s", len(got), diff)
	}
}
