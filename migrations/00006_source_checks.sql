-- Answers to "can Holdfast read this source?", asked of a worker.
-- +goose Up
create table source_checks (
    id uuid primary key,
    source text not null,
    caller text not null,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    report jsonb,
    error jsonb
);
create index source_checks_age on source_checks (created_at);

comment on table source_checks is 'Checks of sources: a worker reaches the service with its credentials and says what it found. Kept for a day.';
comment on column source_checks.caller is 'Who asked: the name of the API token, or anonymous.';
comment on column source_checks.finished_at is 'When a worker had answered; null until then.';
comment on column source_checks.report is 'What was found: service, account, scopes, missing, projects, notes.';
comment on column source_checks.error is 'Why the source cannot be read: code, message, retryable, at.';

-- +goose Down
drop table source_checks;
