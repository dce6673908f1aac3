-- What a listing's pages can be asked about again by, where the service answers
-- for free that a page is still the same.
--
-- No foreign key to sources: its check would lock the source's row once a page.
-- +goose Up
create table page_validators (
    source text not null,
    spec text not null,
    page_no bigint not null,
    reading bytea not null,
    validator text not null,
    next_cursor text not null,
    total bigint,
    row_ids bytea not null,
    checksum bigint not null,
    read_at timestamptz not null default now(),
    primary key (source, spec, page_no)
) with (fillfactor = 50);

comment on table page_validators is 'What was read with each page of the last full listings, so that a service that confirms the page need not send it again.';
comment on column page_validators.spec is 'The part of the listing, as in sync_partitions.spec.';
comment on column page_validators.reading is 'First 16 bytes of SHA-256 over the reading rule''s version, the volatile fields and the cursor that the page follows.';
comment on column page_validators.validator is 'The request, as a digest, and the ETag of its answer.';
comment on column page_validators.next_cursor is 'The cursor after the page.';
comment on column page_validators.total is 'The total that the page itself stated.';
comment on column page_validators.row_ids is 'Ids of the page''s rows, as in sync_pages.seen_ids.';
comment on column page_validators.checksum is 'Sum over their content hashes, as in sync_pages.checksum; rows that no longer add up to it are read again.';
comment on column page_validators.read_at is 'When the page was last read; a page that is confirmed is not written again.';

-- +goose Down
drop table page_validators;
