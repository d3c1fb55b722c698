#!/usr/bin/env bash
# Sees to it that the tools for a job are there: install-needs.sh build|test|test-ktls|bench
#
# cargo, node 20 with npm, and make are expected (CONTRIBUTING.md says where from). Everything else
# comes from Debian's packages, and only what is missing is installed. Where we may not install,
# the command that somebody with the right to do so has to run is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

job=${1:?"say for what: build, test, test-ktls or bench"}

fail() {
    printf 'cannot go on: %s\n' "$1" >&2
    exit 1
}

# $1 is at least version $2, both like 1.94.0.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

command -v cargo >/dev/null || fail "cargo is missing; get it from https://rustup.rs and open a new shell"
command -v node >/dev/null || fail "node is missing; version 20 or later is needed (https://nodejs.org)"
command -v npm >/dev/null || fail "npm is missing; it comes with node (https://nodejs.org)"
rust_needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rust_found=$(cargo --version | cut -d ' ' -f 2)
at_least "$rust_found" "$rust_needed" ||
    fail "cargo is $rust_found and $rust_needed or later is needed; 'rustup update stable' brings it"
node_found=$(node --version | tr -d v)
at_least "$node_found" 20.19.0 || fail "node is $node_found and version 20.19 or later is needed"

missing=()

# Adds package $2 to what is missing unless command $1 is there.
need() {
    PATH=$PATH:/usr/sbin command -v "$1" >/dev/null || missing+=("$2")
}

# SQLite and the allocator are compiled from C.
need cc build-essential

if [ "$job" = test ] || [ "$job" = bench ]; then
    need ffmpeg ffmpeg
    need strace strace
    need taskset util-linux
fi
if [ "$job" = test ]; then
    need chromium chromium
    need curl curl
    need mpv mpv
    need openssl openssl
    need sqlite3 sqlite3
fi
if [ "$job" = test-ktls ]; then
    need busybox busybox-static
    need curl curl
    need openssl openssl
    need qemu-system-x86_64 qemu-system-x86
fi
if [ "$job" = bench ]; then
    need curl curl
    need nginx nginx-light
    need openssl openssl
    need ss iproute2
fi

[ ${#missing[@]} -gt 0 ] || exit 0

install="apt-get install --yes --no-install-recommends ${missing[*]}"
command -v apt-get >/dev/null ||
    fail "these Debian packages (or what they are called here) are missing: ${missing[*]}"
if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null; then
    as_root="sudo"
else
    fail "missing: ${missing[*]}. Neither root nor sudo is at hand; as root, run: apt-get update && $install"
fi

printf 'installing what is missing: %s\n' "${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# A stale list of packages is worth a try: one unreachable source must not stop the others.
$as_root apt-get update >"$log" 2>&1 || cat "$log" >&2
if ! $as_root env DEBIAN_FRONTEND=noninteractive $install >"$log" 2>&1; then
    cat "$log" >&2
    fail "apt-get could not install: ${missing[*]}. The reason stands above; then run this again"
fi
