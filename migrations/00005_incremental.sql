-- What an incremental sync needs to know of the ones before it.
-- +goose Up
alter table sources add column watermark timestamptz;
alter table sources add column last_full_at timestamptz;

comment on column sources.watermark is 'When the last sync that got everything it asked for began; an incremental one asks for what changed since, with some overlap.';
comment on column sources.last_full_at is 'When the last complete full listing began; incremental ones alone never show what was removed.';

-- +goose Down
alter table sources drop column watermark;
alter table sources drop column last_full_at;
