-- name: Ping :one
select 1::int as one;
