package invariants_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast/internal/dbtest"
	"holdfast/internal/invariants"
)

// world is a small database in which every rule holds: a source whose job
// succeeded with two pages, two rows and a tombstone, and a job that lists.
//
//nolint:dupword // the columns have the values that they have
const world = `
insert into sources (name, kind) values ('s', 'file');
insert into sync_jobs (id, source, status, phase, trigger, caller, started_at, finished_at, total, listing_complete, deleted,
	receipt)
values ('00000000-0000-7000-8000-000000000001', 's', 'succeeded', 'done', 'api', 'anonymous', now(), now(), 3, true, 1,
	'{"verified": true}');
insert into sync_jobs (id, source, status, phase, trigger, caller, started_at, lease_until)
values ('00000000-0000-7000-8000-000000000002', 's', 'running', 'list', 'api', 'anonymous', now(), now() - interval '1 h');
insert into sync_partitions (job_id, ordinal, name, spec, state, page_no, last_page, epoch, total, seen, created, quarantined,
	started_at, finished_at)
values ('00000000-0000-7000-8000-000000000001', 1, 'all', '{}', 'done', 2, true, 3, 3, 2, 2, 1, now(), now());
insert into sync_partitions (job_id, ordinal, name, spec, state, epoch, started_at)
values ('00000000-0000-7000-8000-000000000002', 1, 'all', '{}', 'running', 1, now());
insert into sync_pages (partition_id, page_no, epoch, seen, created, updated, unchanged, restored, duplicates, quarantined,
	unidentified, checksum)
values (1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0), (1, 2, 3, 1, 1, 0, 0, 0, 0, 1, 0, 0);
insert into quarantined_records (job_id, source, partition_id, page_no, reason, payload)
values ('00000000-0000-7000-8000-000000000001', 's', 1, 2, 'no id', '{}');
insert into projects (source, external_id, name, full_path, payload, content_hash)
values ('s', 'a', 'A', 'g/a', '{"id": "a"}', '\x01'), ('s', 'b', 'B', 'g/b', '{"id": "b"}', '\x02');
insert into project_changes (project_id, job_id, change)
select id, '00000000-0000-7000-8000-000000000001', 'created' from projects;
insert into project_changes (project_id, job_id, change) values (2, '00000000-0000-7000-8000-000000000001', 'deleted');
update projects set deleted_at = now(), deleted_reason = 'absent', deleted_by_job = '00000000-0000-7000-8000-000000000001'
where id = 2;
insert into idempotency_keys (caller, key, fingerprint, job_ids, coalesced, expires_at)
values ('anonymous', 'k', '\x01', '{00000000-0000-7000-8000-000000000001}', '{false}', now() + interval '1 day');
`

// newWorld returns a database with the world in it.
func newWorld(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := dbtest.New(t)
	run(t, pool, world)
	return pool
}

// run runs statements, which have no arguments.
func run(t *testing.T, pool *pgxpool.Pool, statements string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

func check(t *testing.T, pool *pgxpool.Pool) []invariants.Violation {
	t.Helper()
	violations, err := invariants.Check(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return violations
}

func TestASoundDatabaseBreaksNoRule(t *testing.T) {
	t.Parallel()
	for _, v := range check(t, newWorld(t)) {
		t.Error(v)
	}
}

// A check that cannot fail proves nothing: each rule is broken once, in the
// simplest way there is, and must say so.
func TestEveryRuleFindsWhatBreaksIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ invariant, rule, plant string }{
		{"I1", "every job that an idempotency key names exists", `
			update idempotency_keys set job_ids = '{00000000-0000-7000-8000-00000000dead}'`},
		{"I2", "at most one job that runs", `
			drop index sync_jobs_running;
			insert into sync_jobs (id, source, status, trigger, caller, started_at)
			values (gen_random_uuid(), 's', 'running', 'api', 'x', now())`},
		{"I2", "at most one job that has not begun", `
			drop index sync_jobs_next;
			insert into sync_jobs (id, source, trigger, caller)
			select gen_random_uuid(), 's', 'api', 'x' from generate_series(1, 2)`},
		{"I3", "no unfinished plan or finalize", `
			update sync_jobs set phase = 'finalize', lease_until = now() - interval '11 s' where finished_at is null`},
		{"I3", "no unfinished partition", `
			update sync_partitions set lease_until = now() - interval '11 s' where finished_at is null`},
		{"I3", "a job that lists has a partition", `
			update sync_partitions set state = 'done', finished_at = now()`},
		{"I4", "names one job for each", `update idempotency_keys set coalesced = '{true, true}'`},
		{"I4", "a job is the new one of one", `
			insert into idempotency_keys select caller, 'k2', fingerprint, job_ids, coalesced, created_at, expires_at
			from idempotency_keys`},
		{"I4", "one caller uses one", `
			alter table idempotency_keys drop constraint idempotency_keys_pkey;
			insert into idempotency_keys select caller, key, '\x02', '{00000000-0000-7000-8000-000000000002}', coalesced,
				created_at, expires_at
			from idempotency_keys`},
		{"I5", "without a gap", `update sync_pages set page_no = 7 where page_no = 2`},
		{"I5", "without a gap", `update sync_partitions set page_no = 1, seen = 1, created = 1, quarantined = 0 where id = 1`},
		{"I5", "never fall", `update sync_pages set epoch = 4 where page_no = 1`},
		{"I9", "has not reached", `update sync_pages set epoch = 9 where page_no = 2`},
		{"I6", "what a page has seen", `update sync_pages set unchanged = 1 where page_no = 2`},
		{"I6", "counters of a partition", `update sync_partitions set duplicates = 1 where id = 1`},
		{"I6", "counters of a job", `update project_changes set job_id = null where project_id = 1`},
		{"I6", "counters of a job", `update sync_jobs set deleted = 2 where finished_at is not null`},
		{"I6", "the quarantine has", `delete from quarantined_records`},
		{"I6", "was created once", `
			insert into projects (source, external_id, name, full_path, payload, content_hash)
			values ('s', 'c', 'C', 'g/c', '{}', '\x03')`},
		{"I7", "the history tells of", `delete from projects where id = 2`},
		{"I6", "receipt of a job", `update sync_jobs set receipt = '{"verified": false}' where finished_at is not null`},
		{"I10", "decides about absence", `update sync_jobs set listing_complete = false where finished_at is not null`},
		{"I10", "a listing is complete only", `update sync_partitions set total_moved = true where id = 1`},
		{"I10", "another number of records", `update sync_jobs set total = 4 where finished_at is not null`},
		{"I10", "an absence was counted", `
			insert into project_absences (project_id, source, runs, first_job, last_job)
			select 1, 's', 1, id, id from sync_jobs where finished_at is null`},
		{"I10", "deletions are held", `
			insert into deletion_plans (source, job_id, held, live, absent_runs)
			select 's', id, 11, 20, 2 from sync_jobs where finished_at is null`},
		{"I10", "a tombstone was written", `
			update projects set deleted_by_job = '00000000-0000-7000-8000-000000000002' where id = 2`},
		{"I10", "not counted as absent", `
			insert into project_absences (project_id, source, runs, first_job, last_job)
			select 2, 's', 1, id, id from sync_jobs where finished_at is not null`},
		{"I6", "history ends with a deletion", `update projects set deleted_at = null where id = 2`},
		{"I11", "no part that has not", `update sync_partitions set finished_at = null where id = 1`},
		{"I11", "has ended exactly when", `update sync_jobs set phase = 'finalize' where finished_at is not null`},
		{"I11", "to its last page", `update sync_partitions set last_page = false where id = 1`},
	} {
		t.Run(test.invariant+" "+test.rule, func(t *testing.T) {
			t.Parallel()
			pool := newWorld(t)
			run(t, pool, test.plant)
			violations := check(t, pool)
			found := slices.ContainsFunc(violations, func(v invariants.Violation) bool {
				return v.Invariant == test.invariant && strings.Contains(v.Rule, test.rule) && len(v.Rows) > 0
			})
			if !found {
				t.Errorf("not found; what was found: %v", violations)
			}
		})
	}
}

func TestSessionsThatAreIdleInATransactionAreFound(t *testing.T) {
	t.Parallel()
	pool := newWorld(t)
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), "set local application_name = 'holdfast-worker'"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		return slices.ContainsFunc(check(t, pool), func(v invariants.Violation) bool { return v.Invariant == "I12" })
	})
}

func TestAnsweredJobsExistAndEnd(t *testing.T) {
	t.Parallel()
	pool := newWorld(t)
	const ended, running, missing = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002",
		"00000000-0000-7000-8000-00000000dead"
	violations, err := invariants.CheckAnswered(t.Context(), pool, []string{ended, running, missing})
	if err != nil {
		t.Fatal(err)
	}
	if len(violations) != 1 || len(violations[0].Rows) != 2 {
		t.Fatalf("violations %v, want one with the jobs that run and are missing", violations)
	}
	text := violations[0].String()
	for _, want := range []string{running + ": running, list", missing + ": does not exist"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not tell %q", text, want)
		}
	}
}
