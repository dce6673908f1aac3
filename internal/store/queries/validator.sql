-- What pages may be asked about again by: see source.Conditional.

-- name: KeepValidator :exec
insert into page_validators (
    source, spec, page_no, reading, validator, next_cursor, total, row_ids, checksum
)
values (
    @source, @spec, @page_no, @reading, @validator, @next_cursor, sqlc.narg(total), @row_ids, @checksum
)
on conflict (source, spec, page_no) do update
set reading = excluded.reading, validator = excluded.validator, next_cursor = excluded.next_cursor,
    total = excluded.total, row_ids = excluded.row_ids, checksum = excluded.checksum, read_at = now();

-- name: ForgetValidators :exec
-- The listing has become shorter: what is kept of pages from its last one on is of no use.
delete from page_validators where source = @source and spec = @spec and page_no >= @page_no;

-- name: RecallPage :one
select reading, validator, next_cursor, total, row_ids, checksum
from page_validators
where source = @source and spec = @spec and page_no = @page_no;

-- name: ConfirmableRows :many
-- The rows of a page as they stand; those with a tombstone have to be read again to come back.
select id, external_id, content_hash
from projects
where id = any(@ids::bigint[]) and source = @source and deleted_at is null;

-- name: DeleteOldValidators :execrows
-- Every page is read anew once a month, and sources that are gone leave nothing behind.
delete from page_validators where read_at < now() - interval '30 days';
