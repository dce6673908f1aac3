-- One row for each source that was ever asked for. The configuration file says
-- what a source is; this table only carries what its processes share.
-- +goose Up
create table sources (
    name text primary key check (name <> ''),
    kind text not null,
    created_at timestamptz not null default now(),
    retry_at timestamptz,
    retry_reason text,
    config_failures integer not null default 0
);

comment on table sources is 'What the workers share about a source. Its definition lives in the configuration file; no secret is ever stored.';
comment on column sources.name is 'Name of the source in the configuration.';
comment on column sources.kind is 'Kind of the source when it was last enqueued, e.g. gitlab.';
comment on column sources.retry_at is 'Until this moment no request goes to the source: a rate limit holds for all of its partitions.';
comment on column sources.retry_reason is 'Why retry_at is set.';
comment on column sources.config_failures is 'Jobs in a row that failed for a reason only a person can mend; 0 after a success.';

-- +goose Down
drop table sources;
