# shellcheck shell=bash
# What both demos stand on: PostgreSQL, the sample forge, the API and a worker,
# all on this machine, all gone when the script that sources this file ends.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

port=${PORT:-8001}
projects=${PROJECTS:-4000}
api=http://localhost:$port
stage=$PWD/.holdfast/demo

bold=$(tput bold 2>/dev/null || true) dim=$(tput dim 2>/dev/null || true) plain=$(tput sgr0 2>/dev/null || true)
[ -t 1 ] || bold='' dim='' plain=''

interactive() { [ -t 0 ] && [ -t 1 ]; }
say() { printf '%s\n' "$*"; }
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
item() { printf '  %-13s %s\n' "$@"; }
die() { printf '\n%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# echo_command prints a command as one would type it.
echo_command() { printf '\n%s$ %s%s\n' "$dim" "$*" "$plain"; }

# leave stops everything this script started, whatever ended it. What does not
# go when asked is killed.
leave() {
    local status=$? pids
    trap '' INT TERM HUP
    mapfile -t pids < <(jobs -p)
    if [ ${#pids[@]} -gt 0 ]; then
        kill -TERM "${pids[@]}" 2>/dev/null || true
        await 15 all_gone "${pids[@]}" || kill -KILL "${pids[@]}" 2>/dev/null || true
        wait
    fi
    DATABASE_URL=$given_database_url scripts/postgres.sh release $$
    exit "$status"
}

all_gone() {
    local pid
    for pid; do if kill -0 "$pid" 2>/dev/null; then return 1; fi; done
}

# await polls a condition until it holds or the seconds are over.
await() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_process runs a program in the background, with a log of its own; its id is in $pid then.
start_process() {
    local name=$1
    shift
    "$@" >>"$stage/$name.log" 2>&1 &
    pid=$!
}

# await_ready waits until a process answers, and shows its log when it does not.
await_ready() {
    local name=$1 of=$2 deadline=$((SECONDS + 30))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! kill -0 "$of" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
            tail -n 20 "$stage/$name.log" >&2
            die "the $name did not start; its log is $stage/$name.log"
        fi
        sleep 0.1
    done
}

start_postgres() {
    local server
    server=$(scripts/postgres.sh start $$)
    if [ -z "$given_database_url" ]; then
        # A database of its own, empty at each start, in the private cluster.
        scripts/postgres.sh psql -qc 'drop database if exists holdfast_demo with (force)' -c 'create database holdfast_demo' 2>/dev/null
        server="${server%/holdfast\?*}/holdfast_demo?${server##*\?}"
    fi
    export DATABASE_URL=$server
    bin/holdfast-api migrate >"$stage/migrate.log" 2>&1 || { cat "$stage/migrate.log" >&2; die "the database could not be migrated"; }
    item PostgreSQL "$(sed -E 's#^[a-z]+://([^@/]*@)?##; s#\?.*##' <<<"$server")"
}

start_forge() {
    start_process forge bin/sampleforge --listen 127.0.0.1:0 --projects "$projects" --page-latency "${PAGE_LATENCY:-600ms}"
    await_ready forge "$pid" grep -q '"url"' "$stage/forge.log"
    forge=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$stage/forge.log" | tail -n 1)
    item "sample forge" "$forge, which speaks like GitLab and has $projects projects"
}

write_config() {
    export HOLDFAST_CONFIG=$stage/holdfast.yaml
    cat >"$HOLDFAST_CONFIG" <<CONFIG
api:
  listen: 127.0.0.1:$port
worker:
  admin_listen: 127.0.0.1:0
sources:
  - name: sample
    kind: gitlab
    url: $forge
CONFIG
}

start_api() {
    start_process api bin/holdfast-api
    await_ready API "$pid" curl -fsS "$api/readyz"
    item API "$api"
}

start_worker() {
    start_process worker bin/holdfast-worker
    worker=$pid
    item worker "process $worker"
}

# set_stage starts everything.
set_stage() {
    given_database_url=${DATABASE_URL:-}
    trap leave EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    scripts/need.sh curl psql=postgresql-client
    ! port_taken "$port" || die "port $port is in use by another process$(holder); stop that, or choose another port: make $(basename "$0" .sh) PORT=8101"
    rm -rf "$stage"
    mkdir -p "$stage"
    start_postgres
    start_forge
    write_config
    start_api
    start_worker
}

# holder names the process that has the port, where the system tells.
holder() { ss -Hltnp "sport = :$port" 2>/dev/null | sed -n 's/.*users:((\"\([^\"]*\)\",pid=\([0-9]*\).*/ (\1, process \2)/p' | head -n 1; }

# post starts a sync as the README shows, prints the answer and keeps the job's id.
post() {
    local answer
    echo_command curl -X POST "$api/api/v1/sync/projects"
    answer=$(curl -fsS -X POST "$api/api/v1/sync/projects")
    say "$answer"
    job=$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' <<<"$answer" | head -n 1)
    [ -n "$job" ] || die "the answer names no job"
}

# watch follows the job, with a bar on a terminal and lines elsewhere.
watch() {
    local where=()
    [ "$port" = 8001 ] || where=(--url "$api")
    echo_command bin/holdfast "${where[@]}" status "$job" --watch
    bin/holdfast "${where[@]}" status "$job" --watch
}

# ask runs a query on a fresh connection and prints its bare result.
ask() { psql "$DATABASE_URL" -XAtqc "$1"; }
