#!/usr/bin/env bash
# Runs the tests against the private PostgreSQL, which is stopped afterwards
# unless others use it, or against DATABASE_URL.
#
#   scripts/test.sh [FLAG OF go test …] [PACKAGE …]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

given_database_url=${DATABASE_URL:-}
trap 'DATABASE_URL=$given_database_url scripts/postgres.sh release $$' EXIT
DATABASE_URL=$(scripts/postgres.sh start $$)
export DATABASE_URL
go test "$@"
