-- The page transaction. These run in pipelined batches: see page.go.

-- name: LockPage :one
-- The fence: finds the row only under the epoch that is current, and keeps the
-- epoch from changing until the page has committed. It also tells, at no cost,
-- whether a rate limit that any worker met keeps the source closed.
select page_no, cursor, last_page, exists (
    select from sources s where s.name = @source and s.retry_at > now()
) as closed
from sync_partitions
where id = @id and epoch = @epoch and state = 'running'
for no key update;

-- name: LookUpProjects :many
-- One descent of the unique index for each id, whatever the planner believes. With
-- external_id = any(…) it reads all rows of a source that it takes for small, and
-- filters them; that plan stays with the connection while the source grows.
select p.id, p.external_id, p.content_hash, p.deleted
from unnest(@external_ids::text[]) as page (external_id)
cross join lateral (
    select id, external_id, content_hash, deleted_at is not null as deleted
    from projects
    where source = @source and projects.external_id = page.external_id
    limit 1
) p;

-- name: StoredProjects :many
select
    id, external_id, name, full_path, description, web_url, visibility, archived, default_branch, owner,
    topics, language, license, stars, forks, created_at, updated_at, last_activity_at
from projects
where id = any(@ids::bigint[]);

-- name: DrawProjectIDs :many
select nextval(pg_get_serial_sequence('projects', 'id'))::bigint as id from generate_series(1, @count::int);

-- name: UpdateProjects :execrows
-- Changed rows, and rows that come back from the dead. A row whose content is
-- no longer what was looked up is left alone: the caller looks again. The ids
-- stand in the condition twice so that the planner never reads the whole table
-- to join it. Versions of a row ascend even where the server's clock went back.
update projects p
set name = u.name, full_path = u.full_path, description = u.description, web_url = u.web_url,
    visibility = u.visibility, archived = u.archived, default_branch = u.default_branch, owner = u.owner,
    topics = u.topics::text[], language = u.language, license = u.license, stars = u.stars, forks = u.forks,
    created_at = u.created_at, updated_at = u.updated_at, last_activity_at = u.last_activity_at,
    payload = u.payload, content_hash = u.content_hash,
    last_changed_at = greatest(now(), p.last_changed_at + interval '1 microsecond'),
    deleted_at = null, deleted_reason = null, deleted_by_job = null
from (
    select
        unnest(@ids::bigint[]) as id, unnest(@old_hash::bytea[]) as old_hash,
        unnest(@name::text[]) as name, unnest(@full_path::text[]) as full_path,
        unnest(@description::text[]) as description, unnest(@web_url::text[]) as web_url,
        unnest(@visibility::text[]) as visibility, unnest(@archived::boolean[]) as archived,
        unnest(@default_branch::text[]) as default_branch, unnest(@owner::text[]) as owner,
        unnest(@topics::text[]) as topics, unnest(@language::text[]) as language,
        unnest(@license::text[]) as license, unnest(@stars::bigint[]) as stars, unnest(@forks::bigint[]) as forks,
        unnest(@created_at::timestamptz[]) as created_at, unnest(@updated_at::timestamptz[]) as updated_at,
        unnest(@last_activity_at::timestamptz[]) as last_activity_at,
        unnest(@payload::jsonb[]) as payload, unnest(@content_hash::bytea[]) as content_hash
) u
where p.id = u.id and p.id = any(@ids::bigint[]) and p.content_hash = u.old_hash;

-- name: InsertChanges :exec
insert into project_changes (project_id, job_id, change, fields)
select unnest(@project_ids::bigint[]), @job_id::uuid, unnest(@changes::text[]), unnest(@fields::jsonb[]);

-- name: InsertQuarantine :exec
insert into quarantined_records (job_id, source, partition_id, page_no, external_id, reason, payload)
select
    @job_id::uuid, @source::text, @partition_id::bigint, unnest(@page_nos::bigint[]),
    unnest(@external_ids::text[]), unnest(@reasons::text[]), unnest(@payloads::bytea[]);

-- name: InsertPages :exec
insert into sync_pages (
    partition_id, page_no, epoch, seen, created, updated, unchanged, restored, duplicates, quarantined, unidentified,
    checksum, seen_ids
)
select
    @partition_id::bigint, unnest(@page_nos::bigint[]), @epoch::bigint, unnest(@seen::bigint[]),
    unnest(@created::bigint[]), unnest(@updated::bigint[]), unnest(@unchanged::bigint[]),
    unnest(@restored::bigint[]), unnest(@duplicates::bigint[]), unnest(@quarantined::bigint[]),
    unnest(@unidentified::bigint[]), unnest(@checksums::bigint[]), unnest(@seen_ids::bytea[]);

-- name: AdvancePartition :execrows
-- Repeats the fence: pages that got here without its lock move nothing. A total
-- that differs from the one stated before has moved.
update sync_partitions
set cursor = @cursor, page_no = page_no + @pages, last_page = @last_page, failures = 0, heartbeat_at = now(),
    seen = seen + @seen, created = created + @created, updated = updated + @updated,
    unchanged = unchanged + @unchanged, restored = restored + @restored, duplicates = duplicates + @duplicates,
    quarantined = quarantined + @quarantined, unidentified = unidentified + @unidentified,
    total_moved = total_moved or @total_moved or coalesce(total <> sqlc.narg(total)::bigint, false),
    total = coalesce(sqlc.narg(total)::bigint, total)
where id = @id and epoch = @epoch and page_no = @pages_before;

-- name: SeenIDs :many
select seen_ids from sync_pages where partition_id = @partition_id order by page_no;

-- name: AsideIDs :many
select distinct external_id::text from quarantined_records
where job_id = @job_id and partition_id = @partition_id and external_id is not null;

-- name: TryRecord :exec
-- Whether Postgres can store a record's texts and payload; touches no table.
select @payload::jsonb, @texts::text[];
