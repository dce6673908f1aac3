#!/usr/bin/env bash
# The point of the project: a worker is killed in mid-sync, another takes over,
# and no row is missing or doubled. PORT and PROJECTS as in demo.sh.
source "$(dirname "${BASH_SOURCE[0]}")/demo-stage.sh"

# done_rows counts what this job has committed; a count that moves shows that somebody works.
done_rows() { ask "select coalesce(sum(seen), 0) from sync_partitions where job_id = '$job'"; }
more_rows_than() { [ "$(done_rows)" -gt "$1" ] 2>/dev/null; }

heading "A worker dies in the middle of a sync of $projects projects."
set_stage

heading "1. Ask for a sync, and wait until a third is done."
post
await 60 more_rows_than $((projects / 3)) || die "the sync did not get to a third within a minute; see $stage/worker.log"

heading "2. Kill the worker: SIGKILL, no chance to clean up."
kill -KILL "$worker"
wait "$worker" 2>/dev/null || true
killed=$(date +%s%N)
before=$(done_rows)
say "  process $worker is dead; $before of $projects rows are committed, and stay"

heading "3. Start another. It takes over when the dead one's leases run out."
start_worker
await 60 more_rows_than "$before" || die "nobody took over within a minute; see $stage/worker.log"
took=$((($(date +%s%N) - killed) / 100000000))
say "  took over after $((took / 10)).$((took % 10)) s; whatever the dead one might still have in flight can commit nothing more"
watch

heading "4. What happened to each part of the listing."
psql "$DATABASE_URL" -Xq -P pager=off -P footer=off -c "
    select p.name as part, p.page_no as pages, p.seen as projects, p.takeovers,
           (select string_agg(distinct g.epoch::text, ' → ') from sync_pages g where g.partition_id = p.id) as epochs
    from sync_partitions p where p.job_id = '$job' order by p.ordinal" | sed '/^$/d'

heading "5. Compare the table with the forge, project by project."
# The forge lists the truth one JSON object a line; the quote and delimiter are bytes that JSON never holds.
curl -fsS "$forge/-/sample/projects" >"$stage/truth.ndjson"
verdict=$(psql "$DATABASE_URL" -XAtq -F ' ' <<SQL
create temp table truth (doc jsonb);
\\copy truth from '$stage/truth.ndjson' with (format csv, quote e'\\x01', delimiter e'\\x02')
select count(*) filter (where p.id is null), count(*) filter (where t.doc is null),
       count(*) filter (where p.payload <> t.doc), count(*) - count(distinct coalesce(p.external_id, t.doc ->> 'id'))
from truth t
full join (select * from projects where source = 'sample' and deleted_at is null) p on p.external_id = t.doc ->> 'id'
SQL
)
read -r missing extra different doubled <<<"$verdict"
printf '  %-17s %s\n' missing "$missing" doubled "$doubled" different "$different" "not at the forge" "$extra"
[ "$verdict" = "0 0 0 0" ] || die "table and forge differ"
say
say "The forge has $projects projects and the table has them: none missing, none doubled, each one equal in every field."
