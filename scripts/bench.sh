#!/usr/bin/env bash
# Runs the benchmark against a PostgreSQL cluster of its own below .holdfast/bench, with durability on
# as in production, or against the server of DATABASE_URL, in databases that it makes and drops.
#
#   scripts/bench.sh [FLAG OF bench …]        bin/holdfast-bench -help lists them
#   ROWS, PAIRS, OUT, ONLY and LARGE=1 in the environment stand for the flags of these names.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PGHOME=$PWD/.holdfast/bench/postgres
trap 'scripts/postgres.sh release $$' EXIT
# The server's user is another one than root, and has to get at its folder.
mkdir -p .holdfast/bench
DATABASE_URL=$(scripts/postgres.sh start $$)
export DATABASE_URL
bin/holdfast-bench ${ROWS:+-rows "$ROWS"} ${PAIRS:+-pairs "$PAIRS"} ${OUT:+-out "$OUT"} ${ONLY:+-only "$ONLY"} \
    ${LARGE:+-large} "$@"
