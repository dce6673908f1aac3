#!/usr/bin/env bash
# Runs the tests that list a real Redmine, from Debian's packages, through the
# source alone and through API, worker and PostgreSQL. Where the distribution has
# no such package they are skipped, and say so.
#
#   scripts/test-real.sh [FLAG OF go test …]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

trap 'scripts/redmine.sh stop; scripts/postgres.sh release $$' EXIT
DATABASE_URL=$(scripts/postgres.sh start $$)
export DATABASE_URL
if scripts/redmine.sh available; then
    scripts/redmine.sh start
    keys=$(scripts/redmine.sh env)
    set -a
    eval "$keys"
    set +a
else
    printf 'there is no package redmine here: the tests on a real one are skipped\n' >&2
fi
# One package at a time: they change the same projects.
go test -p 1 -count=1 -run Redmine "$@" ./test/real ./test/e2e
