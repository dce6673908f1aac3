#!/usr/bin/env bash
# Runs a private PostgreSQL cluster for the project, in .holdfast/ of this
# folder, from the system's own binaries (installed from Debian's or Ubuntu's
# packages where they are missing). Durability is on, as in production.
#
#   scripts/postgres.sh start     initdb at the first time, start, print the URL
#   scripts/postgres.sh stop      stop it; the data stays
#   scripts/postgres.sh start PID and release PID: start it for a process, and stop
#                                 it when the last of those it was started for releases it
#   scripts/postgres.sh running   exit 0 when it runs
#   scripts/postgres.sh url       print the URL of the cluster
#   scripts/postgres.sh psql …    psql into it
#   scripts/postgres.sh destroy   stop it and remove its data
#
#   scripts/postgres.sh unmount   take a stopped cluster's own file system away; the next start mounts it
#
# PGHOME (default .holdfast/postgres) is the cluster's folder, PGPORT its port
# (default: a free one, kept from then on). With PGDISK=1G the data lies on a
# file system of its own of that size, which can be filled; that takes root.
# With PGCLOCK=FILE the server's clock is ahead by the seconds in that file, such as
# +2.5 or -60, from the moment at which it is replaced, for all processes at once.
# With DATABASE_URL set nothing is started, stopped or removed: that database is
# used instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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
    local conf=/etc/postgresql-common/createcluster.conf sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    # No cluster of the system's own is wanted beside ours.
    if [ ! -e "$conf" ] && command -v "${sudo[@]:-mkdir}" >/dev/null; then
        "${sudo[@]}" mkdir -p "${conf%/*}"
        printf 'create_main_cluster = false\n' | "${sudo[@]}" tee "$conf" >/dev/null
    fi
    scripts/need.sh initdb=postgresql psql=postgresql-client
}

# as_owner runs a command as the cluster's owner: initdb and postgres refuse root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/tmp "$@")
    else
        "$@"
    fi
}

# cluster_home prints the cluster's folder. Where root works in a folder that is closed to the
# server's user, such as /root, the cluster goes to /var/lib, under a name made from the path.
cluster_home() {
    if [ -n "${PGHOME:-}" ]; then
        realpath -m "$PGHOME"
    elif [ "$(id -u)" = 0 ] && id postgres >/dev/null 2>&1 && ! as_owner test -x "$PWD"; then
        printf '/var/lib/holdfast-%s\n' "$(printf '%s' "$PWD" | cksum | cut -d' ' -f1)"
    else
        printf '%s\n' "$PWD/.holdfast/postgres"
    fi
}

make_home() {
    mkdir -p "$home"
    [ "$(id -u)" = 0 ] || return 0
    chown postgres: "$home"
    as_owner test -w "$home" ||
        die "the user postgres cannot reach $home: set PGHOME to a folder it can reach, such as /var/lib/holdfast"
}

# mount_disk mounts the file system that the cluster has for itself, if it has one: an image in its
# folder, through a loop device, so that fsync means what it means in production.
mount_disk() {
    if [ -z "${PGDISK:-}" ] && [ ! -e "$home/disk.img" ]; then return; fi
    if mountpoint -q "$home/disk"; then return; fi
    [ "$(id -u)" = 0 ] || die "PGDISK: only root may mount a file system"
    mkdir -p "$home/disk"
    if [ ! -e "$home/disk.img" ]; then
        scripts/need.sh mkfs.ext4=e2fsprogs
        truncate -s "$PGDISK" "$home/disk.new"
        mkfs.ext4 -q -F -m 0 "$home/disk.new"
        mv "$home/disk.new" "$home/disk.img"
    fi
    mount -o loop "$home/disk.img" "$home/disk" || die "cannot mount $home/disk.img: start it without PGDISK"
    chown postgres: "$home/disk"
}

# unmount_disk waits for the last processes of a server that was stopped.
unmount_disk() {
    mountpoint -q "$home/disk" || return 0
    for _ in $(seq 50); do
        if umount "$home/disk" 2>/dev/null; then return; fi
        sleep 0.1
    done
    umount "$home/disk"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# choose_port keeps the port of the last run unless somebody else has it now.
choose_port() {
    local port
    if [ -n "${PGPORT:-}" ]; then printf '%s\n' "$PGPORT" >"$home/port"; return; fi
    if [ -s "$home/port" ] && ! port_taken "$(cat "$home/port")"; then return; fi
    # Below the kernel's range for outgoing connections, which could take it while the cluster is down.
    for port in $(shuf -i 20000-32000 -n 50); do
        if ! port_taken "$port"; then printf '%s\n' "$port" >"$home/port"; return; fi
    done
    die "no free port found: set PGPORT"
}

url() { printf 'postgres://holdfast@127.0.0.1:%s/%s?sslmode=disable\n' "$(cat "$home/port")" "$database"; }

running() { [ -s "$data/postmaster.pid" ] && as_owner "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }

create_cluster() {
    as_owner "$bin/initdb" -D "$data" -U holdfast --auth=trust --encoding=UTF8 --locale=C.UTF-8 --data-checksums >"$home/initdb.log" 2>&1 ||
        { cat "$home/initdb.log" >&2; rm -rf "$data"; die "initdb failed"; }
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
}

# clock prints the environment of a server whose clock can be shifted. The monotonic clock stays:
# no real one ever jumps. Nor is anything kept, so that every process sees a jump in the same moment.
clock() {
    local library
    [ -n "${PGCLOCK:-}" ] || return 0
    scripts/need.sh faketime
    [ -e "$PGCLOCK" ] || echo +0 >"$PGCLOCK"
    library=$(find /usr/lib /usr/local/lib -name libfaketime.so.1 -print -quit)
    [ -n "$library" ] || die "PGCLOCK: no libfaketime.so.1 found: install the package libfaketime"
    printf '%s\n' env "LD_PRELOAD=$library" "FAKETIME_TIMESTAMP_FILE=$PGCLOCK" FAKETIME_NO_CACHE=1 \
        FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 FAKETIME_DISABLE_SHM=1
}

start_cluster() {
    local shifted
    choose_port
    shifted=$(clock)
    mapfile -t shifted <<<"$shifted"
    if ! as_owner ${shifted:+"${shifted[@]}"} "$bin/pg_ctl" -D "$data" -w -t 60 -l "$home/log" -o "-p $(cat "$home/port")" start >/dev/null; then
        tail -n 20 "$home/log" >&2
        die "the cluster in $home did not start"
    fi
}

create_database() {
    local server=(-h 127.0.0.1 -p "$(cat "$home/port")" -U holdfast)
    if [ -z "$("$bin/psql" "${server[@]}" -d postgres -Atqc "select 1 from pg_database where datname = '$database'")" ]; then
        "$bin/createdb" "${server[@]}" "$database"
    fi
}

# take_turns lets those who start and stop the cluster at once wait for one another. The descriptor
# must not be handed on to the server, which would keep the lock.
take_turns() {
    exec 9>"$home/lock"
    flock 9
}

# start starts the cluster for a process, or for good, until stop.
start() {
    bin=$(bindir)
    locate
    make_home
    take_turns
    mkdir -p "$home/users"
    : >"$home/users/${1:-you}"
    {
        mount_disk
        [ -s "$data/PG_VERSION" ] || create_cluster
        running || start_cluster
        create_database
    } 9>&-
    url
}

stop() {
    rm -rf "$home/users"
    [ -s "$data/postmaster.pid" ] || return 0
    bin=$(bindir)
    if running; then as_owner "$bin/pg_ctl" -D "$data" -w -m "${1:-fast}" stop >/dev/null; fi
}

# release ends the use by a process, and stops the cluster if nobody else that lives uses it.
release() {
    local user
    [ -d "$home/users" ] || return 0
    take_turns
    rm -f "$home/users/$1"
    for user in "$home"/users/*; do
        user=${user##*/}
        if [ "$user" = you ] || kill -0 "$user" 2>/dev/null; then return; fi
    done
    stop 9>&-
}

locate() {
    home=$(cluster_home)
    data=$home/data
    if [ -n "${PGDISK:-}" ] || [ -e "$home/disk.img" ]; then data=$home/disk/data; fi
}
locate

usage() { sed -n '2,/^set -/p' "${BASH_SOURCE[0]##*/}" | sed '$d; s/^# \{0,1\}//'; exit 2; }

if [ -n "${DATABASE_URL:-}" ]; then
    case "${1:-}" in
    start | url) printf '%s\n' "$DATABASE_URL" ;;
    psql) shift; scripts/need.sh psql=postgresql-client; exec psql "$DATABASE_URL" "$@" ;;
    stop | release | running | unmount | destroy) ;;
    *) cd scripts && usage ;;
    esac
    exit
fi
case "${1:-}" in
start) start "${2:-}" ;;
release) release "${2:?whose use ends: a process id}" ;;
url) [ -s "$home/port" ] || die "no cluster yet: run scripts/postgres.sh start"; url ;;
running) bin=$(find_bindir); [ -n "$bin" ] && running ;;
stop) stop "${2:-}" ;;
psql) shift; exec "$(bindir)/psql" "$(url)" "$@" ;;
unmount) unmount_disk ;;
destroy) stop immediate; unmount_disk; rm -rf "$home" ;;
*) cd scripts && usage ;;
esac
