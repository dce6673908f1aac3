-- name: RecordSources :exec
-- Locks no source that is known and unchanged: the end of a job may have it for
-- a while, and no request waits for that. Sorted, so that two requests never
-- wait for each other. What one service had told by a moment says nothing of
-- what another one has: under a new kind the next listing is a full one.
with wanted as (
    select unnest(@names::text[]) as name, unnest(@kinds::text[]) as kind
), other as (
    select s.name, w.kind
    from sources s
    join wanted w on w.name = s.name
    where s.kind <> w.kind
    order by s.name
    for no key update of s
), changed as (
    update sources s set kind = o.kind, watermark = null, last_full_at = null from other o where s.name = o.name
)
insert into sources (name, kind)
select w.name, w.kind
from wanted w
where not exists (select from sources s where s.name = w.name)
order by w.name
on conflict (name) do nothing;

-- name: InsertJobs :many
-- Takes the queue place of each source that has none waiting; the others keep
-- theirs. Sorted by source, so that two requests never wait for each other.
insert into sync_jobs (id, source, mode, trigger, caller, retry_of)
select u.id, u.source, u.mode, u.trigger, u.caller, nullif(u.retry_of, '')::uuid
from (
    select
        unnest(@ids::uuid[]) as id, unnest(@sources::text[]) as source, unnest(@modes::text[]) as mode,
        unnest(@triggers::text[]) as trigger, unnest(@callers::text[]) as caller, unnest(@retries_of::text[]) as retry_of
) u
order by u.source
on conflict (source) where started_at is null and finished_at is null do nothing
returning sqlc.embed(sync_jobs);

-- name: UpgradeJobs :exec
-- Who asks for a full listing is not served by an incremental one. Where there
-- is one to change, every job that the request joins is locked as NextJobs does
-- it, in the order of their sources: otherwise two requests could wait for each
-- other.
with held as (
    select id
    from sync_jobs
    where source = any(@sources::text[]) and started_at is null and finished_at is null
        and exists (
            select from sync_jobs i
            where i.source = any(@full_sources::text[]) and i.started_at is null and i.finished_at is null
                and i.mode = 'incremental'
        )
    order by source
    for no key update
)
update sync_jobs j set mode = 'full'
from held
where j.id = held.id and j.source = any(@full_sources::text[]) and j.mode = 'incremental';

-- name: NextJobs :many
-- Jobs that have not begun, held so until this transaction ends: a POST that
-- joins one of them is answered before its listing starts.
select sqlc.embed(sync_jobs)
from sync_jobs
where source = any(@sources::text[]) and started_at is null and finished_at is null
order by source
for share;

-- name: SetJobTasks :exec
-- The ids stand in the condition twice so that no plan reads the whole table.
update sync_jobs j set task_id = u.task_id
from (select unnest(@ids::uuid[]) as id, unnest(@task_ids::bigint[]) as task_id) u
where j.id = u.id and j.id = any(@ids::uuid[]);

-- name: ForgetExpired :exec
-- Makes room for keys that are used anew.
delete from idempotency_keys
where (caller, key) in (select unnest(@callers::text[]), unnest(@keys::text[])) and expires_at < now();

-- name: InsertKey :exec
-- A key that is bound breaks the primary key, and with it the transaction.
insert into idempotency_keys (caller, key, fingerprint, job_ids, coalesced, expires_at)
values (@caller, @key, @fingerprint, @job_ids::uuid[], @coalesced::boolean[], now() + @keep::interval);

-- name: Key :one
select fingerprint, job_ids, coalesced from idempotency_keys where caller = @caller and key = @key;

-- name: DeleteExpiredKeys :execrows
-- One that a request makes room for, or another worker removes, is left to them: nobody waits for anybody.
with old as (
    select caller, key from idempotency_keys where expires_at < now() order by expires_at limit 1000 for update skip locked
)
delete from idempotency_keys k using old where k.caller = old.caller and k.key = old.key;

-- name: JobBrief :one
select j.id, j.source, s.kind as source_kind, j.status, j.mode
from sync_jobs j
join sources s on s.name = j.source
where j.id = @id;
