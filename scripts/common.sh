# shellcheck shell=bash
# What every script here needs: where the tree is, packages, and steps that say how long they took.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export VFRT_TREE=$tree

die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    [ $# -lt 2 ] || printf 'HINT: %s\n' "$2" >&2
    exit 1
}

# As root, or through sudo: installs those of the named Debian packages that are missing.
install_packages() {
    local missing=() package sudo=()
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "packages are missing: ${missing[*]}" "install them as root with 'apt-get install ${missing[*]}'"
        sudo=(sudo)
    fi
    printf 'installing %s\n' "${missing[*]}" >&2
    # An old list names versions that are gone from the mirror, a new machine has no list at all, and may hold the lock to update itself.
    "${sudo[@]}" apt-get update -qq >&2 || true
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >&2 \
        || die "'apt-get install ${missing[*]}' failed" "look at the lines above; the scripts expect Debian 12"
}

# A machine may have a JDK and Maven that did not come from packages; those serve as well.
install_build_tools() {
    local packages=()
    command -v javac >/dev/null && javac -version 2>&1 | grep -q '^javac 17\.' || packages+=(openjdk-17-jdk-headless)
    command -v mvn >/dev/null || packages+=(maven)
    install_packages "${packages[@]}" libvirt0 libvirt-clients libvirt-daemon openssh-client
    if ! javac -version 2>&1 | grep -q '^javac 17\.' && [ -d /usr/lib/jvm/java-17-openjdk-amd64 ]; then
        export JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64 PATH=/usr/lib/jvm/java-17-openjdk-amd64/bin:$PATH
    fi
}

steps=()

# timed NAME COMMAND…: runs it, and remembers how long it took.
timed() {
    local name=$1 begun=$EPOCHREALTIME status=0
    shift
    printf '\n== %s\n' "$name"
    "$@" || status=$?
    steps+=("$(awk -v a="$begun" -v b="$EPOCHREALTIME" -v n="$name" 'BEGIN { printf "%8.1f s  %s", b - a, n }')")
    return $status
}

print_steps() { printf '%s\n' "${steps[@]}"; }
