#!/usr/bin/env bash
# The main job, on this machine, from POST to rows: see README. PORT chooses the
# API's port, PROJECTS how many projects the sample forge has.
source "$(dirname "${BASH_SOURCE[0]}")/demo-stage.sh"

heading "Holdfast mirrors a forge with $projects projects into one PostgreSQL table."
set_stage

heading "1. Ask for a sync. The answer comes at once; the work happens in the worker."
post

heading "2. Follow the job."
watch

heading "3. Count the rows, over a connection that took no part in it."
echo_command "psql \"\$DATABASE_URL\" -c 'select count(*) from projects'"
psql "$DATABASE_URL" -XP pager=off -c 'select count(*) from projects'
rows=$(ask "select count(*) from projects where source = 'sample'")
[ "$rows" = "$projects" ] || die "the forge has $projects projects, the table has $rows"
say "The forge has $projects projects, and so has the table."

interactive || exit 0

heading "All of it stays up until you press Ctrl-C. Try, in another terminal:"
try() { printf '  %-36s %s\n' "$@"; }
try "again: nothing new, nothing written" "curl -X POST $api/api/v1/sync/projects"
try "what has been mirrored" "curl '$api/api/v1/projects?source=sample'"
try "change the forge, then sync again" "curl $forge/-/sample/"
try "the table" "psql '$DATABASE_URL'"
try "logs and configuration" "ls ${stage#"$PWD/"}"
try "after Ctrl-C: kill the worker" "make demo-crash"

trap 'say; say "Stopping what the demo started."; exit 0' INT
wait -n || true
die "a process ended by itself; see the logs in ${stage#"$PWD/"}/"
