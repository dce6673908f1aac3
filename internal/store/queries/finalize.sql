-- name: ListingSums :one
-- What the partitions of a job add up to.
select
    count(*) as partitions,
    coalesce(bool_and(state = 'done'), false)::boolean as all_done,
    coalesce(sum(seen), 0)::bigint as seen,
    coalesce(sum(quarantined), 0)::bigint as quarantined,
    coalesce(sum(unidentified), 0)::bigint as unidentified,
    coalesce(bool_or(total_moved), false)::boolean as total_moved,
    (count(*) = count(total))::boolean as total_stated,
    coalesce(sum(total), 0)::bigint as total
from sync_partitions
where job_id = @job_id;

-- name: JobPages :many
select p.seen_ids, p.checksum
from sync_pages p
join sync_partitions s on s.id = p.partition_id
where s.job_id = @job_id;

-- name: LiveRows :many
select id, content_hash from projects where source = @source and deleted_at is null;

-- name: AbsentRows :many
-- Rows that some complete listing did not name, and nothing since.
select project_id from project_absences where source = @source;

-- name: ForgetAbsences :exec
delete from project_absences where project_id = any(@project_ids::bigint[]);

-- name: RecordAbsences :exec
-- Counts one more complete listing without the row.
insert into project_absences (project_id, source, runs, first_job, last_job)
select p.id, p.source, 1, @job_id::uuid, @job_id::uuid
from unnest(@absent::bigint[]) as u (id)
join projects p on p.id = u.id
where p.deleted_at is null
on conflict (project_id) do update
set runs = project_absences.runs + 1, last_job = excluded.last_job;

-- name: CountGone :one
-- Rows that enough complete listings in a row did not name.
select count(*) from project_absences where source = @source and runs >= @absent_runs::int;

-- name: TombstoneGone :one
-- Gives those rows their tombstones, and their history a line.
with gone as (
    delete from project_absences a
    where a.source = @source and a.runs >= @absent_runs::int
    returning a.project_id
), dead as (
    update projects p
    set deleted_at = now(), deleted_reason = 'absent', deleted_by_job = @job_id::uuid,
        last_changed_at = greatest(now(), p.last_changed_at + interval '1 microsecond')
    from gone
    where p.id = gone.project_id and p.deleted_at is null
    returning p.id
), history as (
    insert into project_changes (project_id, job_id, change)
    select id, @job_id::uuid, 'deleted' from dead
)
select count(*) from dead;

-- name: ForgetGone :execrows
delete from project_absences where source = @source and runs >= @absent_runs::int;

-- name: SupersedePlan :exec
-- A newer complete listing decides afresh: no job of before holds anything.
with superseded as (
    update deletion_plans d set state = 'superseded', decided_at = now()
    where d.source = @source and d.state = 'held'
    returning d.job_id
)
update sync_jobs set held = 0
from superseded
where sync_jobs.id = superseded.job_id and sync_jobs.id <> @job_id;

-- name: HoldPlan :exec
insert into deletion_plans (source, job_id, held, live, absent_runs)
values (@source, @job_id, @held, @live, @absent_runs);

-- name: HeldPlan :one
select id, source, absent_runs, held from deletion_plans where job_id = @job_id and state = 'held' for no key update;

-- name: DecidePlan :exec
update deletion_plans
set state = @state, decided_at = now(), decided_by = @decided_by, deleted = sqlc.narg(deleted)
where id = @id;

-- name: MoveHeld :exec
-- The job's own account of a decision about its deletions: what is deleted now is no live row any more.
update sync_jobs
set held = 0, deleted = deleted + @deleted, absent = greatest(absent - @deleted, 0)
where id = @id;

-- name: SetOutcome :exec
update sync_jobs
set listing_complete = @complete::boolean, incomplete_reason = sqlc.narg(reason), absent = @absent, deleted = @deleted,
    held = @held, receipt = @receipt, error = null
where id = @id and finished_at is null;

-- name: DropLedgers :execrows
-- Once a job has ended for a while, and another one of its source after it, nobody asks for its pages any more. The records
-- that it could not use stay until a newer full listing has put the same ones aside, or has not: an incremental one did not
-- look at them, nor at all of them one that failed. A partition ends with its job at the latest, and only its end is
-- indexed.
with old as (
    select p.id, p.job_id
    from sync_partitions p
    join sync_jobs j on j.id = p.job_id
    where p.ledger_kept and p.finished_at < now() - @keep::interval and j.finished_at < now() - @keep::interval
        and exists (select from sync_jobs l where l.source = j.source and l.id > j.id and l.finished_at is not null)
        and (p.quarantined = 0
            or exists (
                select from sync_jobs l
                where l.source = j.source and l.id > j.id and l.status = 'succeeded' and l.mode = 'full'
            ))
    order by p.finished_at
    limit 20
    for no key update of p skip locked
), pages as (
    delete from sync_pages g using old where g.partition_id = old.id
), records as (
    delete from quarantined_records q using old where q.job_id = old.job_id and q.partition_id = old.id
)
update sync_partitions p set ledger_kept = false from old where p.id = old.id;

-- name: DeleteOldJobs :execrows
-- Jobs end with their partitions, ledger, events and quarantine. What stays: the last job of a source, the last that
-- succeeded, because alerts count from there, the last full one of these, which knows what could not be used, and what
-- waits for a person. It is left out before the limit, or enough of it would stand in the way of all the rest.
-- One worker removes jobs at a time, and the others find none: a job that is removed lets go of the one that repeats it,
-- which another worker may be removing, and which may have been repeated by one that this worker removes.
with old as (
    select j.id
    from sync_jobs j
    where (select pg_try_advisory_xact_lock(hashtext('holdfast.delete_old_jobs')))
        and j.finished_at < now() - @keep::interval
        and exists (select from sync_jobs l where l.source = j.source and l.id > j.id)
        and (j.status <> 'succeeded'
            or exists (select from sync_jobs l where l.source = j.source and l.id > j.id and l.status = 'succeeded'
                and (j.mode <> 'full' or l.mode = 'full')))
        and not exists (select from deletion_plans p where p.job_id = j.id and p.state = 'held')
    order by j.finished_at
    limit 100
    for update of j skip locked
)
delete from sync_jobs j using old where j.id = old.id;

-- name: JobTotal :one
select total, mode from sync_jobs where id = @id;

-- name: MoveWatermark :exec
-- A sync that got everything it asked for: the next incremental one begins
-- where this one did.
update sources s
set watermark = j.started_at, last_full_at = case when j.mode = 'full' then j.started_at else s.last_full_at end
from sync_jobs j
where j.id = @job_id and s.name = j.source;
