-- What the API shows: one statement each, without locks. A job's counters are
-- the sums over its partitions, so they never say more than its committed pages.

-- name: JobsByID :many
-- last_beat says nothing unless some partition has had a heartbeat (beats).
select
    sqlc.embed(j), p.partitions, p.partitions_done, p.pages, p.seen, p.totals, p.total, p.beats, p.last_beat,
    p.created, p.updated, p.unchanged, p.restored, p.duplicates, p.quarantined
from sync_jobs j
left join lateral (
    select
        count(*) as partitions, count(*) filter (where state = 'done') as partitions_done,
        coalesce(sum(page_no), 0)::bigint as pages, coalesce(sum(seen), 0)::bigint as seen,
        coalesce(sum(created), 0)::bigint as created, coalesce(sum(updated), 0)::bigint as updated,
        coalesce(sum(unchanged), 0)::bigint as unchanged, coalesce(sum(restored), 0)::bigint as restored,
        coalesce(sum(duplicates), 0)::bigint as duplicates, coalesce(sum(quarantined), 0)::bigint as quarantined,
        count(total) as totals, coalesce(sum(total), 0)::bigint as total,
        count(heartbeat_at) as beats, coalesce(max(heartbeat_at), 'epoch')::timestamptz as last_beat
    from sync_partitions
    where job_id = j.id
) p on true
where j.id = any(@ids::uuid[]);

-- name: JobIDs :many
select id
from sync_jobs
where (sqlc.narg(source)::text is null or source = sqlc.narg(source))
    and (sqlc.narg(status)::text is null or status = sqlc.narg(status))
    and (sqlc.narg(before)::uuid is null or id < sqlc.narg(before))
order by id desc
limit @page_size;

-- name: JobExists :one
select exists (select from sync_jobs where id = @id);

-- name: Events :many
select e.id, e.at, e.kind, e.code, e.message, e.retryable, e.retry_at, e.sample, p.name as partition
from sync_events e
left join sync_partitions p on p.id = e.partition_id
where e.job_id = @job_id and e.id > @after
order by e.id
limit @page_size;

-- name: QuarantinedRecords :many
-- The payload is cut here: a page of whole ones could be hundreds of MiB.
select
    q.id, q.external_id, q.reason, q.page_no, q.created_at, p.name as partition,
    substring(q.payload from 1 for @payload_limit::int)::bytea as payload, octet_length(q.payload)::int as payload_bytes
from quarantined_records q
left join sync_partitions p on p.id = q.partition_id
where q.job_id = @job_id and q.id > @after
order by q.id
limit @page_size;

-- name: PlanOfJob :one
select id, source, job_id, state, held, live, absent_runs, created_at, decided_at, decided_by, deleted
from deletion_plans
where job_id = @job_id;

-- name: HeldRows :many
-- The live rows that enough complete listings in a row did not name.
select
    p.id, p.source, p.external_id, p.name, p.full_path, p.description, p.web_url, p.visibility, p.archived,
    p.default_branch, p.owner, p.topics, p.language, p.license, p.stars, p.forks, p.created_at, p.updated_at,
    p.last_activity_at, p.first_seen_at, p.last_changed_at, p.deleted_at, p.deleted_reason, p.deleted_by_job
from project_absences a
join projects p on p.id = a.project_id
where a.source = @source and a.runs >= @absent_runs::int and p.deleted_at is null and p.id > @after
order by p.id
limit @page_size;

-- name: RowsDeletedBy :many
-- The tombstones that a job, or the approval of its plan, wrote and that still stand.
select
    p.id, p.source, p.external_id, p.name, p.full_path, p.description, p.web_url, p.visibility, p.archived,
    p.default_branch, p.owner, p.topics, p.language, p.license, p.stars, p.forks, p.created_at, p.updated_at,
    p.last_activity_at, p.first_seen_at, p.last_changed_at, p.deleted_at, p.deleted_reason, p.deleted_by_job
from projects p
where p.source = @source and p.deleted_by_job = @job_id::uuid and p.id > @after
order by p.id
limit @page_size;

-- name: SourceStates :many
-- live_rows is what the last receipt counted: counting here would read the
-- whole table at every request.
select
    s.name, s.retry_at, s.retry_reason, s.config_failures,
    coalesce(l.id::text, '')::text as last_job, coalesce(o.id::text, '')::text as last_success,
    o.finished_at as last_success_at, r.receipt as last_receipt
from sources s
left join lateral (
    select id from sync_jobs where source = s.name order by id desc limit 1
) l on true
left join lateral (
    select id, finished_at from sync_jobs where source = s.name and status = 'succeeded' order by id desc limit 1
) o on true
left join lateral (
    select receipt from sync_jobs where source = s.name and receipt is not null order by id desc limit 1
) r on true
where s.name = any(@names::text[]);

-- name: SourceFigures :many
-- What is worth a graph and an alert; asked at every scrape, so each part is
-- found by an index. A job that waits for the one before it has no trouble: it
-- counts as queued.
select
    s.name, s.config_failures, o.finished_at as last_success_at, coalesce(d.held, 0)::bigint as held,
    u.queued, u.running, u.waiting
from sources s
cross join lateral (
    select
        count(*) filter (where status = 'queued' or waiting_reason = 'source_busy') as queued,
        count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'waiting' and waiting_reason <> 'source_busy') as waiting
    from sync_jobs where source = s.name and finished_at is null
) u
left join lateral (
    select finished_at from sync_jobs where source = s.name and status = 'succeeded' order by id desc limit 1
) o on true
left join deletion_plans d on d.source = s.name and d.state = 'held'
where s.name = any(@names::text[]);

-- name: SourceExists :one
select exists (select from sources where name = @name);

-- name: ProjectRows :many
-- By the unique index, so that every page costs the same.
select
    p.id, p.source, p.external_id, p.name, p.full_path, p.description, p.web_url, p.visibility, p.archived,
    p.default_branch, p.owner, p.topics, p.language, p.license, p.stars, p.forks, p.created_at, p.updated_at,
    p.last_activity_at, p.first_seen_at, p.last_changed_at, p.deleted_at, p.deleted_reason, p.deleted_by_job
from projects p
where (p.source, p.external_id) > (@after_source::text, @after_external_id::text)
    and (@include_deleted::boolean or p.deleted_at is null)
    and (@pattern::text = '' or p.name ilike @pattern or p.full_path ilike @pattern)
order by p.source, p.external_id
limit @page_size;

-- name: ProjectRowsOfSource :many
select
    p.id, p.source, p.external_id, p.name, p.full_path, p.description, p.web_url, p.visibility, p.archived,
    p.default_branch, p.owner, p.topics, p.language, p.license, p.stars, p.forks, p.created_at, p.updated_at,
    p.last_activity_at, p.first_seen_at, p.last_changed_at, p.deleted_at, p.deleted_reason, p.deleted_by_job
from projects p
where p.source = @source and p.external_id > @after_external_id::text
    and (@include_deleted::boolean or p.deleted_at is null)
    and (@pattern::text = '' or p.name ilike @pattern or p.full_path ilike @pattern)
order by p.external_id
limit @page_size;

-- name: ProjectRow :one
select
    p.id, p.source, p.external_id, p.name, p.full_path, p.description, p.web_url, p.visibility, p.archived,
    p.default_branch, p.owner, p.topics, p.language, p.license, p.stars, p.forks, p.created_at, p.updated_at,
    p.last_activity_at, p.first_seen_at, p.last_changed_at, p.deleted_at, p.deleted_reason, p.deleted_by_job,
    p.payload, p.content_hash
from projects p
where p.id = @id;

-- name: Changes :many
select id, job_id, changed_at, change, fields
from project_changes
where project_id = @project_id and id < @before
order by id desc
limit @page_size;
