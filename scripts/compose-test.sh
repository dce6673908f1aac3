#!/usr/bin/env bash
# Runs the deployment in Docker through what it promises: a sync from POST to
# rows, a worker container killed in the middle, a restarted database, three
# workers. It has a project, a port and an environment file of its own and
# leaves nothing behind but the images.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

projects=3000
scratch=$(mktemp -d)
export HOLDFAST_ENV_FILE=$scratch/env COMPOSE_PROJECT_NAME=holdfast-test-$$

say() { printf '%4d s  %s\n' $SECONDS "$*"; }

# fail shows what the containers said.
fail() {
    say "FAILED: $*"
    [ ! -s "$scratch/ask" ] || cat "$scratch/ask"
    compose ps || true
    compose logs --no-color --tail=30 || true
    exit 1
}

# compose runs Compose, with its chatter only where it fails.
compose() { scripts/compose.sh "$@"; }
quietly() {
    compose "$@" >"$scratch/out" 2>&1 || { cat "$scratch/out"; fail "compose $*"; }
}

leave() {
    local status=$?
    trap '' INT TERM
    [ ! -e "$HOLDFAST_ENV_FILE" ] || compose down -v --remove-orphans -t 5 >"$scratch/out" 2>&1 || cat "$scratch/out"
    rm -rf "$scratch"
    exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM

# await SECONDS WHAT COMMAND… polls until the command succeeds.
await() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "waited in vain for $what"
        sleep 0.3
    done
}

ask() { docker exec "$postgres" psql -U holdfast -d holdfast -XAtqc "$1" 2>"$scratch/ask"; }
is() { [ "$(ask "$1")" = "$2" ]; }
rows() { ask "select count(*) from projects where source = 'sample'"; }
more_rows_than() { [ "$(rows)" -gt "$1" ] 2>/dev/null; }
expect() { [ "$(ask "$2")" = "$3" ] || fail "$1: expected $3, got $(ask "$2")"; }

# post starts a sync; the job's id is in $job then.
post() {
    local answer
    answer=$(curl -fsS -X POST "$api/api/v1/sync/projects") || fail "POST was refused"
    job=$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' <<<"$answer" | head -n 1)
}

# ended tells whether the job has ended, over HTTP, as a client would.
ended() { curl -fsS "$api/api/v1/sync/jobs/$job" | grep -Eq '"status": *"(succeeded|failed|cancelled)"'; }

await_success() {
    await "$1" "the job's end" ended
    curl -fsS "$api/api/v1/sync/jobs/$job" | grep -Eq '"status": *"succeeded"' || fail "the job did not succeed: $(curl -fsS "$api/api/v1/sync/jobs/$job")"
}

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then printf '%s\n' "$port"; return; fi
    done
}

scripts/need.sh curl
port=$(free_port)
api=http://127.0.0.1:$port
{
    cat deploy/env.example
    printf 'HOLDFAST_PORT=%s\nSAMPLE_PROJECTS=%s\nSAMPLE_PAGE_LATENCY=700ms\n' "$port" "$projects"
} | sed 's/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=compose-test/' >"$HOLDFAST_ENV_FILE"

say "build and start"
quietly up
postgres=$(compose ps -q postgres)
say "started; POST"
post
await 60 "a third of the rows" more_rows_than $((projects / 3))

worker=$(compose ps -q worker)
killed_at=$(rows)
say "SIGKILL of the worker container at $killed_at rows"
docker kill -s KILL "$worker" >/dev/null
quietly start worker
await 60 "a takeover" more_rows_than "$killed_at"
say "another worker goes on"
await_success 120
expect "rows" "select count(*) || '/' || count(distinct external_id) from projects where source = 'sample'" "$projects/$projects"
await 1 "takeovers in the job's record" is "select sum(takeovers) > 0 from sync_partitions where job_id = '$job'" t
say "the job succeeded: $projects rows, none doubled"

say "restart of the database"
quietly restart -t 30 postgres
await 60 "the rows after the restart" is "select count(*) from projects where source = 'sample'" "$projects"
await 60 "the API after the restart" curl -fsS -o "$scratch/out" "$api/readyz"

say "three workers, another sync"
quietly up --scale worker=3
[ "$(compose ps -q worker | wc -l)" = 3 ] || fail "there are not three workers"
post
await_success 120
expect "changes" "select count(*) from project_changes where job_id = '$job'" 0
say "nothing had changed, and nothing was written; the deployment holds"
