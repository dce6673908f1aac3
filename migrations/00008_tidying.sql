-- What the janitor looks for, so that it need not read every job and partition each minute. The first two hold
-- nothing until a job or partition has ended: POSTs and pages pay nothing for them.
-- For the operator: each index is built under a lock that lets nobody write to its table, a second for a million rows.
-- +goose Up
create index sync_jobs_finished on sync_jobs (finished_at) where finished_at is not null;
create index sync_partitions_ledgers on sync_partitions (finished_at) where ledger_kept and finished_at is not null;

-- Without it each job that is removed reads all the others, to let go of those that repeat it.
create index sync_jobs_retries on sync_jobs (retry_of) where retry_of is not null;

-- +goose Down
drop index sync_jobs_finished;
drop index sync_partitions_ledgers;
drop index sync_jobs_retries;
