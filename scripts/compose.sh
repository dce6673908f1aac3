#!/usr/bin/env bash
# Runs Docker Compose, v2 or 1.29, on the deployment.
#
#   scripts/compose.sh up        make deploy/.env the first time, build, start, and wait until it is ready
#   scripts/compose.sh down      stop it; the data stays (down -v removes it)
#   scripts/compose.sh …         any other command of Compose
#
# Where no registry can be reached, the base images are made by
# deploy/base-images.sh, and deploy/.env remembers that. HOLDFAST_ENV_FILE and
# COMPOSE_PROJECT_NAME run a second deployment beside the first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }
die() { say "compose.sh: $*"; exit 1; }

export HOLDFAST_ENV_FILE=${HOLDFAST_ENV_FILE:-$PWD/deploy/.env}
# Without BuildKit's plug-in, which Debian's package leaves out, Docker warns at every build.
export COMPOSE_DOCKER_CLI_BUILD=${COMPOSE_DOCKER_CLI_BUILD:-0} DOCKER_CLI_HINTS=false

engine() {
    command -v docker >/dev/null || die "no docker here: install a Docker engine and Compose (Debian: apt-get install docker.io docker-compose)"
    docker version >/dev/null 2>&1 || die "the Docker engine does not answer; start it, or join the group docker: $(docker version 2>&1 | tail -n 1)"
    if docker compose version >/dev/null 2>&1; then
        compose=(docker compose)
    elif command -v docker-compose >/dev/null; then
        compose=(docker-compose)
    else
        die "no Docker Compose here: install the plug-in docker-compose-v2, or docker-compose"
    fi
}

run() { "${compose[@]}" --env-file "$HOLDFAST_ENV_FILE" -f deploy/docker-compose.yml "$@"; }

# setting prints the value of a name in the environment file.
setting() { sed -n "s/^$1=//p" "$HOLDFAST_ENV_FILE" | tail -n 1; }

write_env_file() {
    [ -e "$HOLDFAST_ENV_FILE" ] && return
    local password
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    (umask 077 && sed "s/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=$password/" deploy/env.example >"$HOLDFAST_ENV_FILE")
    say "wrote $HOLDFAST_ENV_FILE with a new password; the sample forge is the only source until you name your own there"
}

# base_image makes sure that the base image NAME of the environment file is there: set, local, pulled or made.
base_image() {
    local name=$1 official=$2 kind=$3 own=holdfast-$4:local chosen
    chosen=$(setting "$name")
    if [ -z "$chosen" ]; then
        docker image inspect "$official" >/dev/null 2>&1 && return
        docker pull -q "$official" >/dev/null 2>&1 && return
        say "no registry can be reached for $official: making it from the distribution's packages"
        printf '%s=%s\n' "$name" "$own" >>"$HOLDFAST_ENV_FILE"
    elif [ "$chosen" != "$own" ]; then
        return
    elif [ "$kind" = postgres ] || ! command -v go >/dev/null; then
        # Brought here by docker load, or made earlier; only the modules in the Go image go out of date.
        docker image inspect "$own" >/dev/null 2>&1 && return
    fi
    deploy/base-images.sh "$kind"
}

up() {
    write_env_file
    base_image GO_IMAGE golang:1.26-bookworm go go-base
    base_image POSTGRES_IMAGE postgres:15-bookworm postgres postgres
    HOLDFAST_VERSION=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
    export HOLDFAST_VERSION
    say "building the images; the first time this takes some minutes"
    run build -q >/dev/null
    run up -d "$@" || give_up "the containers did not start"
    wait_ready
}

give_up() {
    run ps
    run logs --tail=20
    die "$1; the containers' logs stand above"
}

# wait_ready waits for the API, which waits for the migration, which waits for the database.
wait_ready() {
    local address deadline=$((SECONDS + 120))
    scripts/need.sh curl
    address=$(run port api 8001)
    until curl -fsS -o /dev/null "http://$address/readyz" 2>/dev/null; do
        [ $SECONDS -lt $deadline ] || give_up "the API is not ready after two minutes"
        sleep 0.5
    done
    say "Holdfast is ready: curl -X POST http://$address/api/v1/sync/projects"
}

engine
case "${1:-}" in
up) shift; up "$@" ;;
"") sed -n '2,/^set -/p' scripts/compose.sh | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
*)
    [ -e "$HOLDFAST_ENV_FILE" ] || die "nothing was started from here yet: run make up"
    run "$@"
    ;;
esac
