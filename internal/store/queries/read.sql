-- What the API shows. Nothing here locks or writes.

-- name: JobsByID :many
select sqlc.embed(j), sqlc.embed(s)
from sync_jobs j
join job_sums s on s.job_id = j.id
where j.id = any(@ids::uuid[]);
