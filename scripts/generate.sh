#!/usr/bin/env bash
# Writes the generated code: sqlc's from migrations and queries, oapi-codegen's
# from the OpenAPI description.
#
#   scripts/generate.sh           write it
#   scripts/generate.sh check     compare it with a fresh run, in a copy; differing is an error
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/tools.sh sqlc oapi-codegen

# generate works in the folder it is given, which is the checkout or a copy.
generate() (cd "$1" && .tools/sqlc generate && go generate ./internal/openapi)

case "${1:-}" in
"") generate . ;;
check)
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp -r --parents go.mod go.sum sqlc.yaml migrations internal/openapi internal/store "$copy"
    ln -s "$PWD/.tools" "$copy/.tools"
    generate "$copy"
    if ! { diff -ru internal/store "$copy/internal/store" && diff -ru internal/openapi "$copy/internal/openapi"; }; then
        printf 'the generated code is not what its sources say: run make generate\n' >&2
        exit 1
    fi
    ;;
*) sed -n '2,/^set -/p' "scripts/generate.sh" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
esac
