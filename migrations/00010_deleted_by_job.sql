-- The rows that a job deleted, a page at a time. Live rows are not in it, so that loading and changing them costs nothing.
-- For the operator: the index is built under a lock that lets nobody write to projects while the table is read once, a
-- second or two for a million rows.
-- +goose Up
create index projects_deleted_by on projects (deleted_by_job, id) where deleted_by_job is not null;

-- +goose Down
drop index projects_deleted_by;
