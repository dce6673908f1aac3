#!/usr/bin/env bash
# Runs the chaos suite on a PostgreSQL cluster of its own below .holdfast/chaos. See docs/reliability.md.
#
#   scripts/chaos.sh [FLAG OF chaos …]        bin/holdfast-chaos -help lists them
#   CHAOS=30m in the environment is how long faults go on, SEED=… repeats a run, WITHOUT=fill_disk,… leaves faults
#   out where the machine does not allow them, and with PREVIOUS=REVISION every other process that is started is one
#   built from that revision, as while an upgrade rolls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The server's user is another one than root, and has to get at its folder.
mkdir -p .holdfast/chaos
previous=()
if [ -n "${PREVIOUS:-}" ]; then
    folder=$PWD/.holdfast/chaos/previous
    rm -rf "$folder"
    mkdir -p "$folder/source"
    git archive "$PREVIOUS" | tar -x -C "$folder/source"
    for program in api worker; do
        (cd "$folder/source" && CGO_ENABLED=0 go build -buildvcs=false -ldflags "-X main.version=$PREVIOUS" \
            -o "$folder/holdfast-$program" "./cmd/$program")
    done
    previous=(-previous "$folder")
fi
exec bin/holdfast-chaos ${CHAOS:+-length "$CHAOS"} ${SEED:+-seed "$SEED"} ${WITHOUT:+-without "$WITHOUT"} "${previous[@]}" "$@"
