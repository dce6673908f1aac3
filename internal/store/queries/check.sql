-- name: InsertCheck :exec
insert into source_checks (id, source, caller) values (@id, @source, @caller);

-- name: FinishCheck :exec
update source_checks set finished_at = now(), report = sqlc.narg(report), error = sqlc.narg(error)
where id = @id and finished_at is null;

-- name: CheckByID :one
select id, source, created_at, finished_at, report, error from source_checks where id = @id;

-- name: DeleteOldChecks :execrows
delete from source_checks where created_at < now() - interval '1 day';
