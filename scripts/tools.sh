#!/usr/bin/env bash
# Installs the pinned development tools into .tools/, each only where it is
# missing or of another version.
#
#   scripts/tools.sh              all of them
#   scripts/tools.sh sqlc …       some of them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

declare -A pinned=(
    [golangci-lint]=github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
    [oapi-codegen]=github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2
    [sqlc]=github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1
)

# installed prints the version a binary of ours was built from.
installed() { go version -m ".tools/$1" 2>/dev/null | awk '$1 == "mod" { print $3 }'; }

[ $# -gt 0 ] || set -- "${!pinned[@]}"
for tool; do
    package=${pinned[$tool]:-}
    [ -n "$package" ] || { printf 'tools.sh: no tool %s; there are: %s\n' "$tool" "${!pinned[*]}" >&2; exit 2; }
    if [ "$(installed "$tool")" != "${package##*@}" ]; then
        printf 'installing %s %s (once; this takes a minute or two)\n' "$tool" "${package##*@}" >&2
        GOBIN=$PWD/.tools go install "$package"
    fi
done
