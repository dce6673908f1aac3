-- The mirrored projects: the table that people count, join and report from.
--
-- projects and project_changes have no foreign keys on purpose: they are written
-- a page at a time, a check for each row would cost a tenth of the load, and
-- nothing ever removes the rows they would point to.
-- +goose Up
create table projects (
    id bigint generated always as identity primary key,
    source text not null,
    external_id text not null,
    name text not null,
    full_path text not null,
    description text,
    web_url text,
    visibility text,
    archived boolean,
    default_branch text,
    owner text,
    topics text[],
    language text,
    license text,
    stars bigint,
    forks bigint,
    created_at timestamptz,
    updated_at timestamptz,
    last_activity_at timestamptz,
    payload jsonb not null,
    content_hash bytea not null,
    first_seen_at timestamptz not null default now(),
    last_changed_at timestamptz not null default now(),
    deleted_at timestamptz,
    deleted_reason text,
    deleted_by_job uuid,
    unique (source, external_id)
);

-- lz4 loads records of some kilobytes 1.3 times as fast as pglz; a server built
-- without it keeps its default.
-- +goose StatementBegin
do $$
begin
    alter table projects alter column payload set compression lz4;
exception
    when feature_not_supported or invalid_parameter_value or syntax_error then
        raise notice 'no lz4 on this server: payload keeps the default compression';
end
$$;
-- +goose StatementEnd

comment on table projects is 'Every project of every source. Rows are never removed: one that its source no longer lists gets a tombstone (deleted_at).';
comment on column projects.id is 'Holdfast''s own id; it never changes and is never used again.';
comment on column projects.source is 'Name of the source in the configuration.';
comment on column projects.external_id is 'The service''s own stable id, exact, as text. Unique within the source.';
comment on column projects.name is 'Display name.';
comment on column projects.full_path is 'Path within the service, e.g. group/sub/name; its earlier values are in project_changes.';
comment on column projects.description is 'Description as the service states it; null if it states none.';
comment on column projects.web_url is 'Address of the project for a browser.';
comment on column projects.visibility is 'public, internal or private, as far as the service has such a thing.';
comment on column projects.archived is 'Whether the project is archived or closed at the service.';
comment on column projects.default_branch is 'Default branch of the repository.';
comment on column projects.owner is 'Owner, namespace, organisation or lead.';
comment on column projects.topics is 'Topics or tags, in the service''s order.';
comment on column projects.language is 'Main programming language.';
comment on column projects.license is 'Licence as the service states it: an SPDX id or a name.';
comment on column projects.stars is 'Stars at the last change of the row.';
comment on column projects.forks is 'Forks at the last change of the row.';
comment on column projects.created_at is 'When the project was created, says the service.';
comment on column projects.updated_at is 'When the project was last updated, says the service.';
comment on column projects.last_activity_at is 'When something last happened in the project, says the service.';
comment on column projects.payload is 'The service''s own record, complete.';
comment on column projects.content_hash is 'First 16 bytes of SHA-256 over the reading rule''s version and the record''s bytes as the service sent them.';
comment on column projects.first_seen_at is 'When Holdfast first committed the row.';
comment on column projects.last_changed_at is 'When Holdfast last changed the row.';
comment on column projects.deleted_at is 'When the row got its tombstone: complete listings no longer named it.';
comment on column projects.deleted_reason is 'Why, e.g. absent.';
comment on column projects.deleted_by_job is 'The sync job that wrote the tombstone, or that held it for a person to approve.';

create view active_projects as
select
    id, source, external_id, name, full_path, description, web_url, visibility, archived, default_branch, owner,
    topics, language, license, stars, forks, created_at, updated_at, last_activity_at, payload, content_hash,
    first_seen_at, last_changed_at
from projects
where deleted_at is null;

comment on view active_projects is 'projects without tombstones.';

create table project_changes (
    id bigint generated always as identity,
    project_id bigint not null,
    job_id uuid,
    changed_at timestamptz not null default now(),
    change text not null check (change in ('created', 'updated', 'renamed', 'deleted', 'restored')),
    fields jsonb,
    primary key (project_id, id)
);

comment on table project_changes is 'One row for every change of a project, written in the transaction of the change itself.';
comment on column project_changes.job_id is 'The sync job that made the change.';
comment on column project_changes.change is 'created, updated, renamed (full_path changed), deleted (tombstone) or restored.';
comment on column project_changes.fields is 'The changed columns as {"column": {"old": …, "new": …}}; "payload" alone when only the raw record changed.';

create table project_absences (
    project_id bigint primary key references projects (id) on delete cascade,
    source text not null,
    runs integer not null,
    first_job uuid not null,
    last_job uuid not null,
    since timestamptz not null default now()
);
create index project_absences_by_source on project_absences (source);

comment on table project_absences is 'Live rows that the last complete listings of their source did not name, and how many in a row.';

create table deletion_plans (
    id bigint generated always as identity primary key,
    source text not null references sources (name),
    job_id uuid not null references sync_jobs (id) on delete cascade,
    state text not null default 'held' check (state in ('held', 'approved', 'discarded', 'superseded')),
    held bigint not null,
    live bigint not null,
    absent_runs integer not null,
    created_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by text,
    deleted bigint
);
create unique index deletion_plans_held on deletion_plans (source) where state = 'held';
create unique index deletion_plans_by_job on deletion_plans (job_id);

comment on table deletion_plans is 'Deletions held back because one job would have made too many of them, waiting for a person.';
comment on column deletion_plans.held is 'Rows that would have got a tombstone.';
comment on column deletion_plans.live is 'Live rows of the source at that moment.';
comment on column deletion_plans.absent_runs is 'After how many complete listings without it a row counted as gone.';
comment on column deletion_plans.deleted is 'Rows that got a tombstone on approval, counted afresh at that moment.';

create table quarantined_records (
    id bigint generated always as identity primary key,
    job_id uuid not null references sync_jobs (id) on delete cascade,
    source text not null,
    partition_id bigint not null,
    page_no bigint not null,
    external_id text,
    reason text not null,
    payload bytea not null,
    created_at timestamptz not null default now()
);
create index quarantined_records_by_job on quarantined_records (job_id, id);

comment on table quarantined_records is 'Records that could not be read or stored, kept with their bytes and the reason.';
comment on column quarantined_records.payload is 'The record''s bytes as the service sent them, cut at 1 MiB.';

-- +goose Down
drop table quarantined_records;
drop table deletion_plans;
drop table project_absences;
drop table project_changes;
drop view active_projects;
drop table projects;
