#!/usr/bin/env bash
# Installs the distribution's packages for commands that are missing.
#
#   scripts/need.sh curl psql=postgresql-client
#
# Each argument is a command, with the name of its package where that differs.
set -euo pipefail

packages=()
for want; do
    command -v "${want%%=*}" >/dev/null || packages+=("${want#*=}")
done
[ ${#packages[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    printf 'missing: %s. Install them with your package manager, then try again.\n' "${packages[*]}" >&2
    exit 1
fi
sudo=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        printf 'missing: %s. As root, run: apt-get install %s\n' "${packages[*]}" "${packages[*]}" >&2
        exit 1
    fi
    sudo=(sudo)
fi
printf 'installing from the distribution: %s\n' "${packages[*]}" >&2
# A stale or partly unreachable package list may still do; the installation decides.
if ! log=$(
    "${sudo[@]}" apt-get update -qq 2>&1 </dev/null
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" 2>&1 </dev/null
); then
    printf '%s\ncould not install: %s\n' "$log" "${packages[*]}" >&2
    exit 1
fi
