-- Sync jobs, their partitions and the ledger of committed pages.
-- +goose Up
create table sync_jobs (
    id uuid primary key,
    kind text not null default 'sync_projects',
    source text not null references sources (name),
    status text not null default 'queued'
        check (status in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
    phase text not null default 'plan' check (phase in ('plan', 'list', 'finalize', 'done')),
    mode text not null default 'full' check (mode in ('full', 'incremental')),
    trigger text not null check (trigger in ('api', 'retry', 'schedule')),
    caller text not null,
    retry_of uuid references sync_jobs (id) on delete set null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    cancel_requested_at timestamptz,
    waiting_reason text
        check (waiting_reason in ('rate_limited', 'source_unavailable', 'retrying', 'source_busy')),
    retry_at timestamptz,
    -- The lease of the plan or finalize task; unused while partitions are listed.
    epoch bigint not null default 0,
    task_id bigint,
    lease_until timestamptz not null default now() + interval '5 seconds',
    heartbeat_at timestamptz,
    failures integer not null default 0,
    total bigint,
    listing_complete boolean,
    incomplete_reason text,
    absent bigint not null default 0,
    deleted bigint not null default 0,
    held bigint not null default 0,
    receipt jsonb,
    error jsonb,
    check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
    check ((status = 'waiting') = (waiting_reason is not null)),
    check (status <> 'queued' or started_at is null)
);

-- One running job and one that has not begun, for each source. These two
-- indexes are the rule; no code checks before it inserts.
create unique index sync_jobs_running on sync_jobs (source) where started_at is not null and finished_at is null;
create unique index sync_jobs_next on sync_jobs (source) where started_at is null and finished_at is null;
create index sync_jobs_by_source on sync_jobs (source, id desc);
create index sync_jobs_by_status on sync_jobs (status, id desc);
create index sync_jobs_unfinished on sync_jobs (lease_until) where finished_at is null;

comment on table sync_jobs is 'A sync job: one request to bring the projects of a source into the table projects.';
comment on column sync_jobs.id is 'UUID version 7: later jobs sort behind earlier ones.';
comment on column sync_jobs.status is 'queued, running, waiting, succeeded, failed or cancelled; the last three are written once.';
comment on column sync_jobs.phase is 'Which task carries the job: plan, list (its partitions do), finalize, or done.';
comment on column sync_jobs.caller is 'Who asked: the name of the API token, or anonymous.';
comment on column sync_jobs.started_at is 'When the job took the running slot of its source; its listing begins later than this.';
comment on column sync_jobs.epoch is 'Fencing token of the plan and finalize tasks; grows with every claim and takeover.';
comment on column sync_jobs.task_id is 'River job that carries the plan or finalize task.';
comment on column sync_jobs.lease_until is 'After this moment the reaper looks whether the task is alive and takes over if it is not.';
comment on column sync_jobs.failures is 'Failures of the plan or finalize task in a row.';
comment on column sync_jobs.total is 'Records in the whole listing as the source states it; null if it states none.';
comment on column sync_jobs.listing_complete is 'Whether the listing was proven complete; only then are rows marked absent.';
comment on column sync_jobs.incomplete_reason is 'Why the listing was not proven complete.';
comment on column sync_jobs.absent is 'Live rows that the complete listing did not name.';
comment on column sync_jobs.deleted is 'Rows this job gave a tombstone.';
comment on column sync_jobs.held is 'Rows this job would have given a tombstone, held for a person to decide.';
comment on column sync_jobs.receipt is 'Proof written at the end: the tally of the sync against an independent read of the table.';
comment on column sync_jobs.error is 'The last error: code, message, retryable, partition, at.';

create table sync_partitions (
    id bigint generated always as identity primary key,
    job_id uuid not null references sync_jobs (id) on delete cascade,
    ordinal integer not null,
    name text not null,
    spec text not null,
    state text not null default 'ready' check (state in ('ready', 'running', 'waiting', 'done', 'stopped')),
    cursor text not null default '',
    page_no bigint not null default 0,
    last_page boolean not null default false,
    epoch bigint not null default 0,
    task_id bigint,
    lease_until timestamptz not null default now() + interval '5 seconds',
    heartbeat_at timestamptz,
    waiting_reason text
        check (waiting_reason in ('rate_limited', 'source_unavailable', 'retrying', 'source_busy')),
    retry_at timestamptz,
    failures integer not null default 0,
    takeovers integer not null default 0,
    restarts integer not null default 0,
    total bigint,
    total_moved boolean not null default false,
    seen bigint not null default 0,
    created bigint not null default 0,
    updated bigint not null default 0,
    unchanged bigint not null default 0,
    restored bigint not null default 0,
    duplicates bigint not null default 0,
    quarantined bigint not null default 0,
    unidentified bigint not null default 0,
    ledger_kept boolean not null default true,
    started_at timestamptz,
    finished_at timestamptz,
    unique (job_id, ordinal)
) with (fillfactor = 50);

-- No index holds a column that a page or a heartbeat changes, so that both
-- stay heap-only updates within the half-empty pages.
create index sync_partitions_unfinished on sync_partitions (job_id) where finished_at is null;

comment on table sync_partitions is 'A part of a job''s listing with its own cursor, counters and lease.';
comment on column sync_partitions.spec is 'The source''s own description of the part.';
comment on column sync_partitions.cursor is 'Where the next page begins; empty at the start.';
comment on column sync_partitions.page_no is 'Pages committed so far; the ledger holds 1 to page_no.';
comment on column sync_partitions.last_page is 'Whether the last page has been committed.';
comment on column sync_partitions.epoch is 'Fencing token: a page commits only under the epoch that is current.';
comment on column sync_partitions.task_id is 'River job that carries the partition.';
comment on column sync_partitions.lease_until is 'After this moment the reaper looks whether the task is alive and takes over if it is not.';
comment on column sync_partitions.failures is 'Failures in a row without a committed page between them.';
comment on column sync_partitions.takeovers is 'How often the reaper found the lease expired and passed the partition on.';
comment on column sync_partitions.restarts is 'How often an expired cursor made the listing start again.';
comment on column sync_partitions.seen is 'Distinct records read, in this partition: created + updated + unchanged + restored.';
comment on column sync_partitions.duplicates is 'Records whose id had been read before in this partition; the first one counts.';
comment on column sync_partitions.unidentified is 'Quarantined records without a usable id: with one of them the listing cannot prove that a row is absent.';

comment on column sync_partitions.ledger_kept is 'False once the partition''s rows in sync_pages have been removed, some time after its job ended.';

create table sync_pages (
    partition_id bigint not null references sync_partitions (id) on delete cascade,
    page_no bigint not null,
    epoch bigint not null,
    committed_at timestamptz not null default now(),
    seen integer not null,
    created integer not null,
    updated integer not null,
    unchanged integer not null,
    restored integer not null,
    duplicates integer not null,
    quarantined integer not null,
    unidentified integer not null,
    checksum bigint not null,
    seen_ids bytea,
    primary key (partition_id, page_no)
);

comment on table sync_pages is 'The ledger: one row for each committed page, written in the page''s own transaction.';
comment on column sync_pages.checksum is 'Sum over the page''s distinct records of the first eight bytes of their content hash, modulo 2^64, as a signed number.';
comment on column sync_pages.seen_ids is 'Ids of the rows this page saw, ascending, as varint-coded differences; null once the job no longer needs them.';

create table sync_events (
    id bigint generated always as identity primary key,
    job_id uuid not null references sync_jobs (id) on delete cascade,
    partition_id bigint,
    at timestamptz not null default now(),
    kind text not null,
    code text not null,
    message text not null,
    retryable boolean not null,
    retry_at timestamptz,
    sample text
);
create index sync_events_by_job on sync_events (job_id, id);

comment on table sync_events is 'What went wrong on a job''s way and what was done: failures, waits, takeovers, restarts.';

create table idempotency_keys (
    caller text not null,
    key text not null,
    fingerprint bytea not null,
    job_ids uuid[] not null,
    coalesced boolean[] not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (caller, key)
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);

comment on table idempotency_keys is 'Which jobs a POST with an Idempotency-Key led to.';
comment on column idempotency_keys.fingerprint is 'SHA-256 of what was asked; the same key with another request is refused.';

-- +goose Down
drop table idempotency_keys;
drop table sync_events;
drop table sync_pages;
drop table sync_partitions;
drop table sync_jobs;
