-- Leases, epochs and the states of jobs and partitions. Every statement that
-- acts for a worker names the epoch it holds; no row means that it is fenced.

-- name: LockSourceAndJob :one
-- Locks both, the source first, as every transaction does: the source serializes
-- all that gives away or frees its running slot. The job is not found before the
-- source is locked, and what is returned of both is what their locks protect,
-- however long they were waited for.
with slot as (
    select name, greatest(coalesce(retry_at - greatest(now(), closed_at), interval '0'), interval '0')::interval as closed_for
    from sources
    where name = (select source from sync_jobs where sync_jobs.id = @id)
    for no key update
)
select
    j.id, j.source, j.status, j.phase, j.mode, j.epoch, j.failures, j.started_at, j.finished_at, j.cancel_requested_at,
    (j.lease_until < now())::boolean as expired, slot.closed_for
from slot
join sync_jobs j on j.source = slot.name
where j.id = @id
for no key update of j;

-- name: LockJob :one
-- Locked before anything is decided about the job as a whole.
select
    id, source, status, phase, mode, epoch, task_id, failures, started_at, finished_at, cancel_requested_at,
    lease_until < now() as expired
from sync_jobs
where id = @id
for no key update;

-- name: SlotTaken :one
select exists (
    select from sync_jobs
    where source = @source and started_at is not null and finished_at is null and id <> @id
);

-- name: ClaimJob :one
-- Begins a plan or finalize task: takes the running slot the first time.
update sync_jobs
set epoch = epoch + 1, status = 'running', waiting_reason = null, retry_at = null,
    started_at = coalesce(started_at, greatest(now(), created_at)), lease_until = now() + @lease::interval,
    heartbeat_at = now()
where id = @id and epoch = @epoch and finished_at is null
returning epoch, started_at;

-- name: BeatJob :one
update sync_jobs
set lease_until = now() + @lease::interval, heartbeat_at = now()
where id = @id and epoch = @epoch and finished_at is null
returning cancel_requested_at is not null as cancelled;

-- name: QueueBehind :exec
-- The slot is taken: the job waits, until its predecessor's last transaction
-- wakes it, or until the reaper looks again.
update sync_jobs
set status = 'waiting', waiting_reason = 'source_busy', retry_at = now() + @wait::interval,
    lease_until = now() + @wait::interval
where id = @id and epoch = @epoch and started_at is null and finished_at is null;

-- name: JobWaits :one
-- A plan or finalize task is to be tried again later, unless it has got further
-- than its worker knows.
update sync_jobs
set status = 'waiting', waiting_reason = @reason, retry_at = now() + @wait::interval,
    lease_until = now() + interval '2 seconds' + @wait::interval, failures = failures + sqlc.arg(failed)::int, error = @error
where id = @id and epoch = @epoch and phase = @phase and finished_at is null
returning retry_at;

-- name: InsertPartitions :many
insert into sync_partitions (job_id, ordinal, name, spec)
select @job_id::uuid, unnest(@ordinals::int[]), unnest(@names::text[]), unnest(@specs::text[])
returning id, ordinal;

-- name: SetPartitionTasks :exec
-- The ids stand in the condition twice so that no plan reads the whole table.
update sync_partitions p set task_id = u.task_id
from (select unnest(@ids::bigint[]) as id, unnest(@task_ids::bigint[]) as task_id) u
where p.id = u.id and p.id = any(@ids::bigint[]);

-- name: StartListing :execrows
update sync_jobs
set phase = 'list', mode = @mode, total = @total, failures = 0, heartbeat_at = now()
where id = @id and epoch = @epoch and phase = 'plan' and finished_at is null;

-- name: ClaimPartition :one
-- Begins a partition's task, and lets a job run that waited for it. One statement
-- is one round trip; it locks the job before the partition, as all do.
with job as (
    select o.id, o.source, o.mode, o.cancel_requested_at
    from sync_jobs o
    where o.id = @job_id and o.finished_at is null
    for no key update
), claimed as (
    update sync_partitions p
    set epoch = p.epoch + 1, state = 'running', waiting_reason = null, retry_at = null,
        lease_until = now() + @lease::interval, heartbeat_at = now(), started_at = coalesce(p.started_at, now())
    from job
    where p.id = @id and p.job_id = job.id and p.epoch = @epoch and p.state in ('ready', 'waiting', 'running')
    returning p.job_id, p.epoch, p.ordinal, p.name, p.spec, p.cursor, p.page_no, p.last_page, p.failures, p.restarts
), woken as (
    update sync_jobs j set status = 'running', waiting_reason = null, retry_at = null
    from claimed
    where j.id = claimed.job_id and j.status = 'waiting' and j.finished_at is null
)
select
    c.epoch, c.ordinal, c.name, c.spec, c.cursor, c.page_no, c.last_page, c.failures, c.restarts, job.mode,
    coalesce(s.retry_at > now(), false)::boolean as closed, (job.cancel_requested_at is not null)::boolean as cancelled
from claimed c
cross join job
join sources s on s.name = job.source;

-- name: BeatPartition :one
update sync_partitions p
set lease_until = now() + @lease::interval, heartbeat_at = now()
from sync_jobs j
join sources s on s.name = j.source
where p.id = @id and p.epoch = @epoch and p.state = 'running' and j.id = p.job_id
returning j.cancel_requested_at is not null as cancelled, coalesce(s.retry_at > now(), false)::boolean as closed;

-- name: PartitionContinues :execrows
update sync_partitions
set state = 'ready', lease_until = now() + interval '5 seconds', task_id = @task_id
where id = @id and epoch = @epoch and state = 'running';

-- name: PartitionWaits :one
update sync_partitions
set state = 'waiting', waiting_reason = @reason, retry_at = now() + @wait::interval,
    lease_until = now() + interval '2 seconds' + @wait::interval, failures = failures + sqlc.arg(failed)::int
where id = @id and epoch = @epoch and state = 'running'
returning retry_at, failures;

-- name: WakePartitions :exec
-- Those that wait for what failed: the reaper finds them and gives each a task that may run at once.
update sync_partitions
set retry_at = now(), lease_until = now()
where job_id = @job_id and state = 'waiting' and waiting_reason = 'source_unavailable' and retry_at > now()
    and finished_at is null;

-- name: PartitionRestarts :execrows
-- The cursor is no longer good: the listing begins again. What was seen stays seen.
update sync_partitions
set cursor = '', restarts = restarts + 1, total = null
where id = @id and epoch = @epoch and state = 'running';

-- name: PartitionEnds :execrows
update sync_partitions
set state = @state, finished_at = greatest(now(), started_at), waiting_reason = null, retry_at = null
where id = @id and epoch = @epoch and finished_at is null;

-- name: CountPartitions :one
select
    count(*) filter (where finished_at is null) as unfinished,
    count(*) filter (where state in ('ready', 'running')) as busy,
    count(*) filter (where state = 'running') as running,
    min(retry_at) filter (where state = 'waiting') as retry_at
from sync_partitions
where job_id = @job_id;

-- name: JobWaitsForPartitions :exec
-- Every unfinished partition waits, so the job does, until the first may go on.
update sync_jobs j
set status = 'waiting', waiting_reason = p.waiting_reason, retry_at = p.retry_at
from (
    select waiting_reason, retry_at from sync_partitions
    where job_id = @id and state = 'waiting'
    order by retry_at
    limit 1
) p
where j.id = @id and j.finished_at is null;

-- name: CloseSource :exec
-- No request goes to the source before that: a rate limit holds for all of its
-- partitions. What closed it longer is kept, by the clock as it is now.
update sources
set retry_at = greatest(retry_at - greatest(closed_at - now(), interval '0'), now() + @wait::interval),
    retry_reason = @reason, closed_at = now()
where name = @name;

-- name: SetJobError :exec
update sync_jobs set error = @error where id = @id and finished_at is null;

-- name: StartFinalize :one
-- Whoever ends the last partition holds the job's lease from here on.
update sync_jobs
set phase = 'finalize', status = 'running', waiting_reason = null, retry_at = null, epoch = epoch + 1, task_id = null,
    lease_until = now() + @lease::interval, heartbeat_at = now()
where id = @id and phase = 'list' and finished_at is null
returning epoch;

-- name: SetJobTask :exec
update sync_jobs
set task_id = @task_id, lease_until = now() + interval '5 seconds'
where id = @id and finished_at is null;

-- name: StopPartitions :many
-- Fences every partition of the job: whoever still works on one can commit nothing more.
update sync_partitions
set state = 'stopped', epoch = epoch + 1, finished_at = greatest(now(), started_at), waiting_reason = null, retry_at = null
where job_id = @job_id and finished_at is null
returning task_id;

-- name: StopIdlePartitions :many
-- The same for those that nobody works on at the moment.
update sync_partitions
set state = 'stopped', epoch = epoch + 1, finished_at = greatest(now(), started_at), waiting_reason = null, retry_at = null
where job_id = @job_id and state in ('ready', 'waiting')
returning task_id;

-- name: FinishJob :execrows
-- Writes the terminal state, once. Jobs in a row that failed for a reason only a
-- person can mend are counted; a cancelled one says nothing about that. No job
-- ends before it began, whatever the server's clock did meanwhile.
with finished as (
    update sync_jobs
    set status = @status, phase = 'done', finished_at = greatest(now(), started_at, created_at),
        waiting_reason = null, retry_at = null, error = coalesce(sqlc.narg(error), error), epoch = epoch + 1
    where id = @id and finished_at is null
    returning source, status
), counted as (
    update sources s
    set config_failures = case when @misconfigured::boolean then s.config_failures + 1 else 0 end
    from finished
    where s.name = finished.source and finished.status <> 'cancelled'
)
select from finished;

-- name: RequestCancel :exec
update sync_jobs
set cancel_requested_at = coalesce(cancel_requested_at, now())
where id = @id and finished_at is null;

-- name: Successor :one
-- The job that has the queue place of a source.
select id, epoch from sync_jobs
where source = @source and started_at is null and finished_at is null
for no key update;

-- name: WakeSuccessor :exec
update sync_jobs
set status = 'queued', waiting_reason = null, retry_at = null, task_id = @task_id,
    lease_until = now() + interval '5 seconds'
where id = @id and started_at is null and finished_at is null;

-- name: InsertEvent :exec
-- One of the same code and partition is left out for as long as spacing says.
insert into sync_events (job_id, partition_id, kind, code, message, retryable, retry_at, sample)
select @job_id::uuid, sqlc.narg(partition_id)::bigint, @kind::text, @code::text, @message::text, @retryable::boolean,
    sqlc.narg(retry_at)::timestamptz, sqlc.narg(sample)::text
where not exists (
    select from sync_events e
    where e.job_id = @job_id::uuid and e.partition_id is not distinct from sqlc.narg(partition_id)::bigint
        and e.code = @code::text and e.at > now() - @spacing::interval
);

-- name: ExpiredPartitions :many
-- Those of a job whose partitions run, for the reaper. Whatever is locked is
-- being decided about: the reaper looks again rather than wait for it, for
-- others would wait with it.
select p.id, p.job_id, p.epoch, p.task_id, p.state, p.failures, j.source, now()::timestamptz as now
from sync_partitions p
join sync_jobs j on j.id = p.job_id
where p.finished_at is null and p.lease_until < now() and j.finished_at is null
order by p.lease_until
limit 100
for no key update of p, j skip locked;

-- name: ExpiredJobs :many
-- The same for plan and finalize tasks. The end of a large job may have it
-- locked for longer than its lease.
select id, epoch, task_id, phase, source, now()::timestamptz as now
from sync_jobs
where finished_at is null and phase in ('plan', 'finalize') and lease_until < now()
order by lease_until
limit 100
for no key update skip locked;

-- name: RebasePartitions :execrows
-- A heartbeat that lies ahead proves that the server's clock was set back, and
-- by how much at least: what was counted from then on moves by as much. A
-- partition that nobody has claimed yet has five seconds from whenever it was
-- passed on. A second is allowed for transactions that began after this one.
update sync_partitions p
set lease_until = case when p.state = 'ready' then now() + interval '5 seconds' else p.lease_until - b.ahead end,
    retry_at = p.retry_at - b.ahead, heartbeat_at = p.heartbeat_at - b.ahead
from (
    select id, epoch, greatest(coalesce(heartbeat_at - now(), interval '0'), interval '0') as ahead
    from sync_partitions
    where finished_at is null
        and (heartbeat_at > now() + interval '1 second' or state = 'ready' and lease_until > now() + interval '6 seconds')
    for no key update skip locked
) b
where p.id = b.id and p.epoch = b.epoch and p.finished_at is null;

-- name: RebaseJobs :execrows
-- The same for plan and finalize tasks. One that nobody has claimed yet cannot
-- be told from one that is being worked by its state: it has the lease of five
-- seconds, and no heartbeat for longer than a live one's lease.
update sync_jobs j
set lease_until = case
        when b.ahead > interval '0' then j.lease_until - b.ahead
        else now() + interval '5 seconds'
    end,
    retry_at = j.retry_at - b.ahead, heartbeat_at = j.heartbeat_at - b.ahead
from (
    select id, epoch, greatest(coalesce(heartbeat_at - now(), interval '0'), interval '0') as ahead
    from sync_jobs
    where finished_at is null and phase in ('plan', 'finalize')
        and (
            heartbeat_at > now() + interval '1 second'
            or status <> 'waiting' and lease_until > now() + greatest(@lease::interval, interval '5 seconds') + interval '1 second'
                and coalesce(heartbeat_at < now() - @lease::interval, true)
        )
    for no key update skip locked
) b
where j.id = b.id and j.epoch = b.epoch and j.finished_at is null;

-- name: RebaseSources :execrows
-- The same for sources that a rate limit keeps closed.
update sources s
set retry_at = s.retry_at - (s.closed_at - now()), closed_at = now()
from (
    select name from sources where closed_at > now() + interval '1 second' and retry_at > now()
    for no key update skip locked
) b
where s.name = b.name and s.closed_at > now() + interval '1 second';

-- name: ExtendPartition :execrows
update sync_partitions
set lease_until = now() + interval '5 seconds'
where id = @id and epoch = @epoch and finished_at is null and lease_until < now();

-- name: ExtendJob :execrows
update sync_jobs
set lease_until = now() + interval '5 seconds'
where id = @id and epoch = @epoch and finished_at is null and lease_until < now();

-- name: TakeOverPartition :one
-- Passes the partition on: whoever had it is fenced from here on.
update sync_partitions
set epoch = epoch + 1, state = 'ready', waiting_reason = null, retry_at = null, takeovers = takeovers + 1,
    failures = failures + 1, lease_until = now() + interval '5 seconds'
where id = @id and epoch = @epoch and finished_at is null and lease_until < now()
returning epoch, failures, takeovers;

-- name: TakeOverJob :one
-- Passes a plan or finalize task on. Its worker is lost if it was running; a
-- job that waited for its turn or its predecessor has lost nobody. Failures are
-- in a row, but may be others; what was lost may be long past.
update sync_jobs j
set epoch = j.epoch + 1, lease_until = now() + interval '5 seconds',
    failures = j.failures + case when j.status = 'running' then 1 else 0 end
where j.id = @id and j.epoch = @epoch and j.finished_at is null and j.lease_until < now()
returning j.epoch, j.status = 'running' as lost,
    least(j.failures, 1 + (
        select count(*) from sync_events e where e.job_id = j.id and e.partition_id is null and e.code = 'worker_lost'
    ))::int as losses;

-- name: Watermark :one
-- Since when an incremental listing has to ask; no row when a full one is due.
-- A watermark that lies ahead was written by a clock that was set back since.
select (watermark - @overlap::interval)::timestamptz as since
from sources
where name = @name and watermark <= now() and last_full_at > now() - @full_every::interval;

-- name: SourceGate :one
-- Whether a rate limit keeps the source closed, and for how long.
select greatest(coalesce(retry_at - greatest(now(), closed_at), interval '0'), interval '0')::interval as wait,
    coalesce(retry_at > now(), false)::boolean as closed
from sources
where name = @name;

-- name: SetJobTaskOnly :exec
-- The task of a job that waits: its lease ends after its retry_at.
update sync_jobs set task_id = @task_id where id = @id and finished_at is null;

-- name: SetPartitionTask :exec
update sync_partitions set task_id = @task_id where id = @id;
