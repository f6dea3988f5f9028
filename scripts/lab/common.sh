# shellcheck shell=bash
# Words, places and waiting: what all parts of xenlab share. Sourced by scripts/xenlab.

PATH=$PATH:/usr/sbin:/sbin

readonly LAB_MAX_HOSTS=3
readonly LAB_NET=192.168.77

LAB_CACHE=${VFRT_XENLAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vfrt/xenlab}
# Several labs can be up side by side, each with hosts of its own; this command is about one of them.
LAB_NUMBER=${VFRT_XENLAB:-1}
LAB_RUN=$LAB_CACHE/run$LAB_NUMBER
LAB_KEYS=$LAB_CACHE/keys

say() { printf 'xenlab: %s\n' "$*" >&2; }

die() {
    say "$1"
    [ $# -lt 2 ] || printf 'HINT: %s\n' "$2" >&2
    exit 1
}

usage_error() { die "$1" "run 'xenlab help'."; }

[[ $LAB_NUMBER =~ ^[1-9]$ ]] || usage_error "VFRT_XENLAB is '$LAB_NUMBER'; a lab is a number from 1 to 9"

# as_root CMD...: the image build makes files of all owners.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# wait_until SECONDS WHAT CMD...: polls until CMD succeeds. CMD may set LAB_HOPELESS to a reason to stop at once.
wait_until() {
    local seconds=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + seconds))
    LAB_HOPELESS=
    until "$@"; do
        if [ -n "$LAB_HOPELESS" ]; then
            say "$what: $LAB_HOPELESS"
            return 1
        fi
        if ((SECONDS >= deadline)); then
            say "$what: not within $seconds s"
            return 1
        fi
        sleep 0.5
    done
}

# One command at a time changes the lab. The lock goes when the process ends, however it ends.
take_lock() {
    mkdir -p "$LAB_CACHE"
    exec 9>> "$LAB_RUN.lock"
    flock -w 10 9 || die "another xenlab command is at work ($(cat "$LAB_RUN.lock"))" \
        "wait for it, or end it: an interrupted 'up' stops what it started."
    printf 'process %s: %s\n' "$$" "$LAB_COMMAND" > "$LAB_RUN.lock"
}

# What the labs share, images and keys, is made by one command at a time. A build that outlives its command keeps the lock.
lock_shared() {
    mkdir -p "$LAB_CACHE"
    exec 8>> "$LAB_CACHE/shared.lock"
    flock -n 8 && return
    say "waiting for another command that makes images"
    flock -w 1800 8 || die "another xenlab command has been making images for half an hour" "see what it waits for: $LAB_CACHE/images/*.log"
}

unlock_shared() { exec 8>&-; }

# --- tools ---------------------------------------------------------------------------------------------------------

readonly LAB_RUN_TOOLS='qemu-system-x86_64=qemu-system-x86 qemu-img=qemu-utils ssh=openssh-client ssh-keygen=openssh-client
    passt=passt socat=socat flock=util-linux tar=tar sha256sum=coreutils'
readonly LAB_BUILD_TOOLS='mmdebstrap=mmdebstrap mke2fs=e2fsprogs gcc=gcc cpio=cpio modprobe=kmod xz=xz-utils zstd=zstd
    /usr/lib/x86_64-linux-gnu/libc.a=libc6-dev /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring'

# need TOOL=PACKAGE...: installs the packages of missing tools. A tool with a slash is a file.
need() {
    local pair tool packages=() missing=()
    for pair in "$@"; do
        tool=${pair%%=*}
        if [[ $tool == /* ]]; then
            [ -e "$tool" ] && continue
        elif command -v "$tool" > /dev/null; then
            continue
        fi
        missing+=("$tool")
        packages+=("${pair#*=}")
    done
    [ ${#missing[@]} = 0 ] && return
    if ! command -v apt-get > /dev/null || { [ "$(id -u)" != 0 ] && ! sudo -n true 2> /dev/null; }; then
        die "missing: ${missing[*]}" "install these Debian packages: ${packages[*]}"
    fi
    say "installing ${packages[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends "${packages[@]}" > /dev/null \
        || die "apt-get could not install ${packages[*]}" "run 'apt-get update', then try again."
}

need_memory() {
    local wanted=$1 have
    have=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
    ((have >= wanted)) || die "the lab needs $wanted MiB of free memory, $have MiB are free" \
        "start fewer hosts, or give them less with --host-memory."
}

need_disk() {
    local wanted=$1 have
    mkdir -p "$LAB_CACHE"
    have=$(df --output=avail -m "$LAB_CACHE" | tail -1)
    ((have >= wanted)) || die "the lab needs $wanted MiB of free disk in $LAB_CACHE, $((have)) MiB are free" \
        "set VFRT_XENLAB_CACHE to a directory on a bigger disk."
}
