#!/usr/bin/env bash
# Makes the base images of the deployment without a registry, for air-gapped
# sites and for build machines that cannot pull: from Debian's or Ubuntu's
# packages and from the Go installation of this machine. Neither root nor a
# running container is needed, only apt, Go and a Docker engine.
#
#   deploy/base-images.sh              both
#   deploy/base-images.sh go           holdfast-go-base:local, for GO_IMAGE
#   deploy/base-images.sh postgres     holdfast-postgres:local, for POSTGRES_IMAGE
#
# The Go image carries the modules that go.mod names, so that the build inside
# it needs no network. To take the images elsewhere: docker save | docker load.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf '%s\n' "$*" >&2; }
die() { say "base-images.sh: $*"; exit 1; }

apt() { apt-get -qq -o APT::Sandbox::User="$(id -un)" "$@"; }

# unpack extracts packages into a root folder, without their maintainer scripts.
unpack() {
    local root=$1 debs
    shift
    debs=$(mktemp -d "$work/debs.XXXX")
    (cd "$debs" && apt download "$@" 2>apt.log) ||
        { cat "$debs/apt.log" >&2; die "could not download the packages: run apt-get update as root, then try again"; }
    # Debian merged / and /usr; packages that still name /lib must land in /usr/lib.
    mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{etc,tmp,run,var}
    chmod 1777 "$root/tmp"
    local dir deb
    for dir in bin sbin lib lib64; do ln -sfn "usr/$dir" "$root/$dir"; done
    for deb in "$debs"/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink --no-same-owner \
            --exclude './usr/share/doc*' --exclude './usr/share/man*' --exclude './usr/share/locale*' --exclude './usr/share/lintian*'
    done
    rm -rf "$debs"
    ln -sf busybox "$root/usr/bin/sh"
}

# made_from tells whether an image was made from just these inputs; builds on it then stay cached.
made_from() {
    [ "$(docker image inspect -f '{{index .Config.Labels "inputs"}}' "$1" 2>/dev/null)" = "$2" ] && say "$1 is up to date"
}

# import makes an image of a root folder, owned by root but for the folder of the server's data;
# the rest are lines of a Dockerfile.
import() {
    local root=$1 image=$2 line changes=(--change "LABEL inputs=$3")
    shift 3
    for line; do changes+=(--change "$line"); done
    tar -C "$root" --numeric-owner --owner=0 --group=0 --exclude=./var/lib/postgresql -cf "$root.tar" .
    [ ! -d "$root/var/lib/postgresql" ] ||
        tar -C "$root" --numeric-owner --owner=999 --group=999 -rf "$root.tar" ./var/lib/postgresql
    docker import "${changes[@]}" "$root.tar" "$image" >/dev/null
    say "made $image"
}

# digest makes one short text of everything it reads and of this script.
digest() { cat - "$here/base-images.sh" | sha256sum | cut -c1-32; }

# postgres_packages prints the server, the client and the libraries that they load, each as name=version.
# Left out are the just-in-time compiler, which is larger than the rest together, and what only
# maintainer scripts use.
postgres_packages() {
    apt install --print-uris -y --no-install-recommends -o Dir::State::status=/dev/null postgresql 2>/dev/null |
        awk -F "[' ]+" '/\.deb/ { split($3, part, "_"); sub(/%3a/, ":", part[2]); print part[1] "=" part[2] }' |
        grep -E '^(lib.*|zlib1g|netbase|tzdata|postgresql(-client)?-[0-9]+)=' |
        grep -v -E '^lib(llvm|perl|z3|pam-modules|semanage|sepol|db5|gdbm|c-l10n)|-perl='
}

postgres() {
    local root=$work/postgres packages bin inputs
    mapfile -t packages < <(postgres_packages)
    [ ${#packages[@]} -gt 5 ] || die "no package postgresql known here: run apt-get update as root, then try again"
    inputs=$(printf '%s\n' "${packages[@]}" | cat - "$here/postgres-entrypoint.sh" | digest)
    made_from holdfast-postgres:local "$inputs" && return
    unpack "$root" busybox-static "${packages[@]}"
    rm -rf "$root"/usr/lib/postgresql/*/lib/{bitcode,llvmjit*}
    bin=$(cd "$root" && echo usr/lib/postgresql/*/bin)
    # As in the official image, so that a volume can move from one to the other.
    echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >"$root/etc/passwd"
    echo 'postgres:x:999:' >"$root/etc/group"
    mkdir -p "$root/var/lib/postgresql/data"
    # Where a tmpfs is mounted over it, it keeps these permissions.
    mkdir -p "$root/var/run/postgresql"
    chmod 3777 "$root/var/run/postgresql"
    install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/bin/"
    import "$root" holdfast-postgres:local "$inputs" \
        "ENV PATH=/$bin:/usr/bin LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data" \
        'USER 999:999' 'VOLUME /var/lib/postgresql/data' 'EXPOSE 5432' \
        'ENTRYPOINT ["postgres-entrypoint.sh"]' 'CMD ["postgres"]'
}

go_base() {
    local root=$work/go goroot inputs
    goroot=$(go env GOROOT)
    inputs=$({ go version && cat "$here/../go.mod" "$here/../go.sum"; } | digest)
    made_from holdfast-go-base:local "$inputs" && return
    unpack "$root" busybox-static ca-certificates
    mkdir -p "$root/etc/ssl/certs" "$root/usr/local/go" "$root/usr/local/share"
    cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
    cp -r "$goroot"/{VERSION,go.env,bin,lib,pkg,src} "$root/usr/local/go/"
    (cd "$here/.." && GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)" \
        GOMODCACHE="$work/modules" GOFLAGS=-modcacherw go mod download)
    mv "$work/modules/cache/download" "$root/usr/local/share/go-modules"
    import "$root" holdfast-go-base:local "$inputs" \
        'ENV PATH=/usr/local/go/bin:/usr/bin GOTOOLCHAIN=local GOPROXY=file:///usr/local/share/go-modules GOSUMDB=off'
}

command -v docker >/dev/null || die "no docker here: install a Docker engine"
command -v apt-get >/dev/null || die "no apt here: run this on Debian or Ubuntu, then docker save and docker load"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case "${1:-all}" in
go) go_base ;;
postgres) postgres ;;
all) go_base; postgres ;;
*) sed -n '2,/^set -/p' "$here/base-images.sh" | sed '$d; s/^# \{0,1\}//' >&2; exit 2 ;;
esac
