package invariants

import (
	"slices"

	"github.com/jackc/pgx/v5"
)

// jobRules are those about jobs and who carries them.
func jobRules() []rule {
	bound := pgx.NamedArgs{"bound": TakeoverBound}
	return slices.Concat(
		numbered("I1", []rule{
			{sentence: "every job that an idempotency key names exists", query: `
			select format('key %s of %s names job %s', k.key, k.caller, u.id)
			from idempotency_keys k, unnest(k.job_ids) as u (id)
			where not exists (select from sync_jobs j where j.id = u.id)`},
		}),
		numbered("I2", []rule{
			{sentence: "a source has at most one job that runs", query: `
			select format('source %s: %s', source, string_agg(id::text, ', ' order by id))
			from sync_jobs
			where started_at is not null and finished_at is null
			group by source
			having count(*) > 1`},
			{sentence: "a source has at most one job that has not begun", query: `
			select format('source %s: %s', source, string_agg(id::text, ', ' order by id))
			from sync_jobs
			where started_at is null and finished_at is null
			group by source
			having count(*) > 1`},
		}),
		numbered("I3", []rule{
			{sentence: "no unfinished plan or finalize is without a live task for longer than the takeover bound", query: `
			select format('job %s (%s, %s): lease over since %s, task %s is %s', j.id, j.status, j.phase,
				j.lease_until, j.task_id, coalesce(t.state::text, 'gone'))
			from sync_jobs j
			left join river_job t on t.id = j.task_id
			where j.finished_at is null and j.phase in ('plan', 'finalize')
				and j.lease_until < now() - @bound::interval
				and coalesce(t.state::text, 'gone') not in ('available', 'pending')`, args: bound},
			{sentence: "no unfinished partition is without a live task for longer than the takeover bound", query: `
			select format('job %s, partition %s (%s): lease over since %s, task %s is %s', p.job_id, p.ordinal, p.state,
				p.lease_until, p.task_id, coalesce(t.state::text, 'gone'))
			from sync_partitions p
			join sync_jobs j on j.id = p.job_id
			left join river_job t on t.id = p.task_id
			where p.finished_at is null and j.finished_at is null
				and p.lease_until < now() - @bound::interval
				and coalesce(t.state::text, 'gone') not in ('available', 'pending')`, args: bound},
			{sentence: "a job that lists has a partition that carries it on", query: `
			select format('job %s (%s) lists, but all of its partitions are over', j.id, j.status)
			from sync_jobs j
			where j.finished_at is null and j.phase = 'list'
				and not exists (select from sync_partitions p where p.job_id = j.id and p.finished_at is null)`},
		}),
		numbered("I4", []rule{
			{sentence: "one idempotency key names one job for each of its sources", query: `
			select format('key %s of %s: %s jobs, %s answers', key, caller, cardinality(job_ids), cardinality(coalesced))
			from idempotency_keys
			where cardinality(job_ids) <> cardinality(coalesced)
				or cardinality(job_ids) <> (select count(distinct id) from unnest(job_ids) as u (id))`},
			{sentence: "a job is the new one of one idempotency key", query: `
			select format('job %s is new for %s keys', u.id, count(*))
			from idempotency_keys k, unnest(k.job_ids, k.coalesced) as u (id, coalesced)
			where not u.coalesced
			group by u.id
			having count(*) > 1`},
			{sentence: "one caller uses one idempotency key for one request", query: `
			select format('key %s of %s is bound %s times', key, caller, count(*))
			from idempotency_keys
			group by caller, key
			having count(*) > 1`},
		}),
	)
}

// endRules are those about jobs that have ended.
func endRules() []rule {
	return numbered("I11", []rule{
		{sentence: "a job that has ended has no part that has not", query: `
			select format('job %s is %s, its partition %s is %s', j.id, j.status, p.ordinal, p.state)
			from sync_jobs j
			join sync_partitions p on p.job_id = j.id
			where j.finished_at is not null and p.finished_at is null`},
		{sentence: "a job has ended exactly when its status, its phase and its time of end say so", query: `
			select format('job %s: %s, %s, ended %s', id, status, phase, finished_at)
			from sync_jobs
			where (status in ('succeeded', 'failed', 'cancelled')) <> (finished_at is not null)
				or (phase = 'done') <> (finished_at is not null)`},
		{sentence: "a job that succeeded has listed every partition to its last page", query: `
			select format('job %s succeeded, its partition %s is %s after page %s', j.id, p.ordinal, p.state, p.page_no)
			from sync_jobs j
			join sync_partitions p on p.job_id = j.id
			where j.status = 'succeeded' and (p.state <> 'done' or not p.last_page)`},
	})
}

// sessionRules are those about what the processes do at this moment.
func sessionRules() []rule {
	return numbered("I12", []rule{
		{sentence: "no session is left idle in a transaction", query: `
			select format('session %s of %s: %s since %s, last %s', pid, application_name, state, state_change,
				left(query, 200))
			from pg_stat_activity
			where datname = current_database() and application_name like 'holdfast%'
				and state in ('idle in transaction', 'idle in transaction (aborted)')
				and state_change < clock_timestamp() - @bound::interval`, args: pgx.NamedArgs{"bound": idleBound}},
	})
}
