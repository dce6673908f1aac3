#!/usr/bin/env bash
# Runs a real Redmine for the tests, from Debian's packages, with its code, its
# SQLite database and its files in .holdfast/redmine of this folder. The
# packages are installed where they are missing; no instance of the system's own
# is made or touched.
#
#   scripts/redmine.sh start      start it with freshly seeded projects
#   scripts/redmine.sh env        print REDMINE_URL, REDMINE_KEY and REDMINE_READER_KEY
#   scripts/redmine.sh rest off   switch its REST web service off, or on
#   scripts/redmine.sh stop       stop it
#   scripts/redmine.sh destroy    stop it and remove it with its data
#   scripts/redmine.sh available  exit 0 when it is installed, or can be
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=$PWD/.holdfast/redmine
app=$home/app
instance=$app/instances/holdfast
database=$home/redmine.sqlite3
serving=$database # what redmine() works on

die() { printf 'redmine.sh: %s\n' "$*" >&2; exit 1; }

installed() { [ -d /usr/share/redmine/app ] && command -v puma sqlite3 bundle >/dev/null; }

available() { installed || [ -n "$(apt-cache show redmine 2>/dev/null | head -n 1)" ]; }

# bundler prints the version of Debian's own bundler. Ruby brings a newer one, which does not know
# where Debian keeps gems and takes all of them for missing.
bundler() { dpkg-query -W -f '${Version}' ruby-bundler | sed 's/-.*//'; }

install_packages() {
    local sudo=() log
    installed && return
    scripts/need.sh bundle=ruby-bundler debconf-set-selections=debconf puma sqlite3
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    # No instance beside ours, and no question about its database.
    "${sudo[@]}" debconf-set-selections <<'ANSWERS'
redmine redmine/current-instances string
redmine redmine/instances/default/dbconfig-install boolean false
ANSWERS
    printf 'installing from the distribution: redmine redmine-sqlite\n' >&2
    log=$("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive BUNDLER_VERSION="$(bundler)" \
        apt-get install -y -qq --no-install-recommends redmine redmine-sqlite 2>&1 </dev/null) ||
        { printf '%s\n' "$log" >&2; die "could not install the package redmine"; }
}

# redmine runs a command within the copy of the application. Of the caller's environment it sees
# nothing: Rails would take a DATABASE_URL for its own, and another Ruby in the PATH has none of the gems.
redmine() {
    (cd "$app" && exec env -i PATH=/usr/bin:/bin HOME="$home" REDMINE_DATABASE="$serving" RAILS_ENV=production \
        REDMINE_INSTANCE=holdfast REDMINE_LANG=en LANG=C.UTF-8 SCHEMA=/dev/null \
        BUNDLER_VERSION="$(bundler)" BUNDLE_SILENCE_ROOT_WARNING=1 "$@")
}

# make_app copies the application: its configuration and data stand below it.
make_app() {
    rm -rf "$home"
    mkdir -p "$home"
    cp -R /usr/share/redmine "$app"
    rm -rf "$app/instances" "$app/Gemfile.lock" "$app/config/database.yml"
    mkdir -p "$instance"/{config,files,log,tmp/cache,public/plugin_assets}
    # The Gemfile looks for the adapters of all instances.
    sed -i "s#/usr/share/redmine#$app#" "$app/Gemfile"
    printf 'gem "puma"\n' >"$app/Gemfile.local"
    head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$instance/config/secret_key.txt"
    cat >"$instance/config/database.yml" <<'CONFIG'
production:
  adapter: sqlite3
  database: <%= ENV.fetch('REDMINE_DATABASE') %>
  timeout: 10000
CONFIG
}

# make_seed makes the database that every start begins with: in memory where there is a file
# system for that, because some hundred migrations sync the disk for each step.
make_seed() {
    work=$home
    [ ! -w /dev/shm ] || work=/dev/shm
    work=$(mktemp -d -p "$work" redmine.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    serving=$work/seed.sqlite3
    if ! { redmine bundle exec rake db:migrate &&
        redmine bundle exec rails runner "$PWD/scripts/redmine/seed.rb" >"$home/keys"; } >"$home/setup.log" 2>&1; then
        tail -n 20 "$home/setup.log" >&2
        die "the database could not be made; the log is $home/setup.log"
    fi
    chmod 600 "$home/keys"
    mv "$serving" "$home/seed.sqlite3"
    serving=$database
}

prepare() {
    local version
    version="$(dpkg-query -W -f '${Version}' redmine) $(cat scripts/redmine.sh scripts/redmine/seed.rb | cksum)"
    [ "$(cat "$home/made-of" 2>/dev/null)" != "$version" ] || return 0
    printf 'setting up a Redmine %s; that takes half a minute\n' "${version%% *}" >&2
    make_app
    make_seed
    printf '%s\n' "$version" >"$home/made-of"
}

pid() { cat "$home/pid" 2>/dev/null; }

running() { [ -n "$(pid)" ] && ps -o args= -p "$(pid)" 2>/dev/null | grep -q puma; }

url() { sed -n 's#.*Listening on \(http://[0-9.:]*\).*#\1#p' "$home/log" 2>/dev/null | head -n 1; }

start() {
    local deadline
    install_packages
    stop
    prepare
    cp "$home/seed.sqlite3" "$database"
    # In a session of its own: Ctrl-C is for the caller, who stops it.
    # shellcheck disable=SC2016 # it is the inner shell that expands
    redmine setsid sh -c 'echo $$ >"$HOME/pid"; exec bundle exec puma "$@"' \
        sh --environment production --threads 2:4 --bind tcp://127.0.0.1:0 config.ru >"$home/log" 2>&1 </dev/null &
    deadline=$((SECONDS + 60))
    until [ -n "$(url)" ] && curl -fsS -o /dev/null "$(url)/projects.json?limit=1" 2>/dev/null; do
        if [ $SECONDS -ge $deadline ]; then
            tail -n 20 "$home/log" >&2
            stop
            die "Redmine did not start; its log is $home/log"
        fi
        sleep 0.2
    done
}

stop() {
    local deadline=$((SECONDS + 15))
    running || { rm -f "$home/pid"; return 0; }
    kill -TERM "$(pid)"
    while running; do
        [ $SECONDS -lt $deadline ] || kill -KILL "$(pid)"
        sleep 0.1
    done
    rm -f "$home/pid"
}

rest() {
    local value
    case "$1" in on) value=1 ;; off) value=0 ;; *) die "rest on, or rest off" ;; esac
    # Redmine looks at the newest change, and reads all settings anew when it is another one.
    sqlite3 -cmd '.timeout 10000' "$database" \
        "update settings set value = '$value', updated_on = strftime('%Y-%m-%d %H:%M:%f', 'now') where name = 'rest_api_enabled'"
}

usage() { sed -n '2,/^set -/p' "${BASH_SOURCE[0]##*/}" | sed '$d; s/^# \{0,1\}//'; exit 2; }

case "${1:-}" in
available) available ;;
start) scripts/need.sh curl ps=procps setsid=util-linux; start ;;
env) running || die "it does not run: scripts/redmine.sh start"; printf 'REDMINE_URL=%s\n' "$(url)"; cat "$home/keys" ;;
rest) rest "${2:-}" ;;
stop) stop ;;
destroy) stop; rm -rf "$home" ;;
*) cd scripts && usage ;;
esac
