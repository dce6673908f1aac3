#!/usr/bin/env bash
# Runs every fuzz target, one after the other, and prints a line for each. Needs
# no database.
#
#   scripts/fuzz.sh [PACKAGE …]     by default every package that has a target
#
#   FUZZ=10s      how long each target runs
#   TARGET=REGEX  only targets whose name matches
#
# What Go finds interesting stays in .holdfast/fuzz/corpus, so that each run
# goes on from the last one. Git keeps a choice of it, in
# testdata/fuzz/TARGET/: inputs of at most a kilobyte, ten a target, each of
# which reaches statements that the target's own seeds and the inputs before it
# do not. `go test` runs them all as ordinary cases. An input that fails is put
# there by Go itself: give it a name that tells what it is, and mend the code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fuzz=${FUZZ:-10s}
wanted=${TARGET:-.}
most=10        # inputs in git for each target
max_bytes=1024 # of each
root=$PWD
work=$root/.holdfast/fuzz
failed=0
mkdir -p "$work"

# packages lists the folders that have a target.
packages() { git grep -l --untracked '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u; }

# targets lists the targets of a folder.
targets() { sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$1"/*_test.go | sort | grep -E "$wanted" || true; }

# reached adds to a list the statements that a target's cases reach.
reached() { # BINARY CASES LIST
    local profile=$work/profile
    "$1" -test.run="$2" -test.coverprofile="$profile" >/dev/null 2>&1 || true
    [ ! -s "$profile" ] || awk 'NR > 1 && $NF > 0 { print $1 }' "$profile" | sort -u - "$3" -o "$3"
    rm -f "$profile"
}

# keep chooses the inputs that go into git, the smallest first. What is there
# already goes before what is new, so that a corpus does not change without need.
keep() { # BINARY TARGET CORPUS
    local kept=testdata/fuzz/$2 seen=$work/seen input name before
    local -i count
    : >"$seen"
    reached "$1" "^$2\$" "$seen"
    count=$(find "$kept" -type f 2>/dev/null | wc -l)
    mkdir -p "$kept"
    while read -r input && [ "$count" -lt "$most" ]; do
        name=${input##*/}
        [ ! -e "$kept/$name" ] || continue
        before=$(wc -l <"$seen")
        cp "$input" "$kept/$name"
        reached "$1" "^$2\$/^$name\$" "$seen"
        if [ "$(wc -l <"$seen")" -gt "$before" ]; then count+=1; else rm "$kept/$name"; fi
    done < <(find "$3" -type f -size -"$((max_bytes + 1))"c -printf '%s %p\n' 2>/dev/null | sort -n | head -n 60 | cut -d' ' -f2-)
    find testdata -depth -type d -empty -delete
    printf '%s' "$count"
}

# run fuzzes a target and prints its line.
run() { # FOLDER NAME TARGET
    local corpus=$work/corpus/$2 log=$work/log verdict=ok execs
    (cd "$1" && "$work/$2.fuzz" -test.run='^$' -test.fuzz="^$3\$" -test.fuzztime="$fuzz" -test.fuzzcachedir="$corpus" \
        -test.timeout=10m) >"$log" 2>&1 || verdict=FAILED
    execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    printf '%-7s %-28s %-22s %9s runs, %3s interesting' "$verdict" "$1" "$3" "${execs:-0}" \
        "$(find "$corpus/$3" -type f 2>/dev/null | wc -l)"
    if [ "$verdict" = FAILED ]; then
        printf '\n'
        sed 's/^/    /' "$log" | tail -n 30
        return 1
    fi
    printf ', %s in git\n' "$(cd "$1" && keep "$work/$2.cover" "$3" "$corpus/$3")"
}

[ $# -gt 0 ] || mapfile -t folders < <(packages)
[ $# -eq 0 ] || folders=("$@")
for folder in "${folders[@]#./}"; do
    [ -n "$(targets "$folder")" ] || continue
    name=${folder//\//-}
    go test -c -fuzz=Fuzz -o "$work/$name.fuzz" "./$folder"
    # The target of all kinds reaches what lies in their packages.
    covered=./$folder
    [ "$folder" != internal/source/kinds ] || covered=./internal/source/...
    go test -c -cover -coverpkg="$covered" -o "$work/$name.cover" "./$folder"
    for target in $(targets "$folder"); do
        run "$folder" "$name" "$target" || failed=1
    done
    rm -f "$work/$name.fuzz" "$work/$name.cover"
done
exit "$failed"
