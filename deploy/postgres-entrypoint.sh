#!/bin/sh
# Entry point of holdfast-postgres: makes the cluster in its volume at the first
# start, then becomes the server. It reads the environment variables of the
# official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and PGDATA.
set -eu

[ "${1:-}" = postgres ] || exec "$@"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    : "${POSTGRES_PASSWORD:?set it to the password of the database}"
    user=${POSTGRES_USER:-postgres}
    # Made beside its place and moved there in one step: a start that was cut short is begun again.
    new=$PGDATA.new
    rm -rf "$new"
    umask 077
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$new" -U "$user" --pwfile=/tmp/password --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
        --auth-local=trust --auth-host=scram-sha-256
    rm -f /tmp/password
    printf 'host all all all scram-sha-256\n' >>"$new/pg_hba.conf"
    printf "listen_addresses = '*'\nfsync = on\nfull_page_writes = on\nsynchronous_commit = on\n" >>"$new/postgresql.conf"
    printf 'create database "%s"\n' "${POSTGRES_DB:-$user}" | postgres --single -D "$new" -j postgres >/dev/null
    rmdir "$PGDATA" 2>/dev/null || true
    mv "$new" "$PGDATA"
fi
exec "$@"
