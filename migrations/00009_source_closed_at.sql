-- When a source was closed, so that a clock that is set back afterwards does not keep it closed for longer.
-- +goose Up
alter table sources add column closed_at timestamptz;

comment on column sources.closed_at is 'When retry_at was last set. If this lies ahead the server''s clock was set back since, and retry_at is moved by as much.';

-- +goose Down
alter table sources drop column closed_at;
