#!/usr/bin/env bash
# Runs every check that is not a test, to the end, and says which failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

failed=()

# check NAME COMMAND… runs one check and remembers when it fails.
check() {
    local name=$1 from=$SECONDS
    shift
    printf -- '── %s\n' "$name"
    "$@" || failed+=("$name")
    [ $((SECONDS - from)) -lt 10 ] || printf '   %d s\n' $((SECONDS - from))
}

# files lists the checkout's files of a pattern, the new ones included.
files() { git ls-files --cached --others --exclude-standard -- "$@"; }

formatted() {
    local unformatted
    unformatted=$(files '*.go' | xargs gofmt -l) && [ -z "$unformatted" ] && return
    printf 'not in the form of gofmt:\n%s\nrun gofmt -w on them\n' "$unformatted" >&2
    return 1
}

golangci() {
    scripts/tools.sh golangci-lint || return
    # Its memory grows with the machine's otherwise, and small ones run out.
    GOMEMLIMIT=${GOMEMLIMIT:-3GiB} .tools/golangci-lint run ./...
}

shell() {
    scripts/need.sh shellcheck || return
    files '*.sh' .ci/run | xargs shellcheck
}

check gofmt formatted
check "go vet" go vet ./...
check "go mod tidy" go mod tidy -diff
check "generated code" scripts/generate.sh check
check shellcheck shell
check golangci-lint golangci

[ ${#failed[@]} -eq 0 ] || { printf 'failed: %s\n' "${failed[*]}" >&2; exit 1; }
