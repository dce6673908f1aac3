#!/usr/bin/env bash
# Runs a private PostgreSQL cluster for the project, in .holdfast/ of this
# folder, from the system's own binaries (installed from Debian's or Ubuntu's
# packages where they are missing). Durability is on, as in production.
#
#   scripts/postgres.sh start     initdb at the first time, start, print the URL
#   scripts/postgres.sh stop      stop it; the data stays
#   scripts/postgres.sh url       print the URL of the running cluster
#   scripts/postgres.sh psql …    psql into it
#   scripts/postgres.sh destroy   stop it and remove its data
#
# PGHOME (default .holdfast/postgres) is the cluster's folder, PGPORT its port
# (default: a free one, kept from then on). With DATABASE_URL set nothing is
# started: start and url print that instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=${PGHOME:-$PWD/.holdfast/postgres}
data=$home/data
database=holdfast

say() { printf '%s\n' "$*" >&2; }
die() { say "postgres.sh: $*"; exit 1; }

# bindir prints the folder of the newest installed server, installing one first if there is none.
bindir() {
    local dir
    dir=$(find_bindir)
    if [ -z "$dir" ]; then
        install_server
        dir=$(find_bindir)
    fi
    [ -n "$dir" ] || die "no PostgreSQL server found: install the package postgresql, or set DATABASE_URL"
    printf '%s\n' "$dir"
}

find_bindir() {
    local dir
    for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -n -r) "$(dirname "$(command -v initdb || true)")"; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then printf '%s\n' "$dir"; return; fi
    done
}

install_server() {
    local sudo=""
    command -v apt-get >/dev/null || die "no PostgreSQL here and no apt-get to install it: install PostgreSQL 14 or later, or set DATABASE_URL"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "PostgreSQL is missing: run 'apt-get install postgresql' as root, or set DATABASE_URL"
        sudo=sudo
    fi
    say "installing PostgreSQL from the distribution's packages"
    # No cluster of the system's own is wanted beside ours.
    $sudo mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        printf 'create_main_cluster = false\n' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    $sudo apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends postgresql postgresql-client >&2
}

# as_owner runs a command as the cluster's owner: initdb and postgres refuse root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/tmp "$@")
    else
        "$@"
    fi
}

# reachable lets the owner walk to the cluster's folder, also below a private home.
reachable() {
    mkdir -p "$home"
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$home"
        as_owner test -w "$home" ||
            die "the user postgres cannot reach $home: put the project elsewhere, or set PGHOME to a folder such as /var/tmp/holdfast"
    fi
}

free_port() {
    local port
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then printf '%s\n' "$port"; return; fi
    done
    die "no free port found"
}

url() { printf 'postgres://holdfast@127.0.0.1:%s/%s?sslmode=disable\n' "$(cat "$home/port")" "$database"; }

running() { [ -s "$data/postmaster.pid" ] && as_owner "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }

start() {
    bin=$(bindir)
    reachable
    if [ ! -s "$data/PG_VERSION" ]; then
        as_owner "$bin/initdb" -D "$data" -U holdfast --auth=trust --encoding=UTF8 --locale=C.UTF-8 --data-checksums >"$home.initdb.log" 2>&1 ||
            { cat "$home.initdb.log" >&2; die "initdb failed"; }
        rm -f "$home.initdb.log"
        cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
fsync = on
full_page_writes = on
synchronous_commit = on
logging_collector = off
CONF
    fi
    if ! running; then
        [ -n "${PGPORT:-}" ] && printf '%s\n' "$PGPORT" >"$home/port"
        [ -s "$home/port" ] || free_port >"$home/port"
        if ! as_owner "$bin/pg_ctl" -D "$data" -w -t 60 -l "$home/log" -o "-p $(cat "$home/port")" start >/dev/null; then
            tail -n 20 "$home/log" >&2
            die "the cluster in $home did not start"
        fi
    fi
    if [ -z "$("$bin/psql" -h 127.0.0.1 -p "$(cat "$home/port")" -U holdfast -d postgres -Atqc "select 1 from pg_database where datname = '$database'")" ]; then
        "$bin/createdb" -h 127.0.0.1 -p "$(cat "$home/port")" -U holdfast "$database"
    fi
    url
}

stop() {
    [ -s "$data/postmaster.pid" ] || return 0
    bin=$(bindir)
    if running; then as_owner "$bin/pg_ctl" -D "$data" -w -m "${1:-fast}" stop >/dev/null; fi
}

case "${1:-}" in
start) if [ -n "${DATABASE_URL:-}" ]; then printf '%s\n' "$DATABASE_URL"; else start; fi ;;
url) if [ -n "${DATABASE_URL:-}" ]; then printf '%s\n' "$DATABASE_URL"; else
    [ -s "$home/port" ] || die "no cluster yet: run scripts/postgres.sh start"; url; fi ;;
stop) [ -n "${DATABASE_URL:-}" ] || stop "${2:-fast}" ;;
psql) shift; exec psql "$("$0" url)" "$@" ;;
destroy) [ -n "${DATABASE_URL:-}" ] || { stop immediate; rm -rf "$home"; } ;;
*) sed -n '2,/^set -/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac
