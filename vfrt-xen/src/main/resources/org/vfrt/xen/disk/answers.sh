#!/bin/bash
# What the scripts here have in common; comes before each of them.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# LVM complains of descriptors that it has not opened, of which a shell through ssh has some.
export LVM_SUPPRESS_FD_WARNINGS=1
umask 077

# What a volume of vfrt's has in its name.
# shellcheck disable=SC2034
mark=.vfrt-
# A pool this full may have no room for the next write, and then guests on it stand still.
full=95
words='' values=()

row() {
    local IFS=$'\t'
    printf '%s\n' "$*"
}

# run COMMAND…: quiet, and its last words in $words when it fails.
run() {
    # What LVM leaves running must not hold the lock of who began it.
    words=$("$@" 2>&1 </dev/null 9>&-) && return
    words=${words##*$'\n'}
    words=${words:-"'$1' ended with $?"}
    return 1
}

# lvs with one row of values, separated by '|', in $values. One more separator at the end: else an empty last value would be none.
values() {
    local fields=$1
    shift
    IFS='|' read -r -a values < <(lvs --noheadings --separator '|' --units b --nosuffix -o "$fields" "$@" 2>/dev/null | sed 's/^ *//; s/$/|/')
    [ ${#values[@]} -gt 0 ]
}

# Whether a thin pool is so full. In $values how full it and its metadata are.
pool_full() { ! values data_percent,metadata_percent "$1" || [ "0${values[0]%.*}" -ge $full ] || [ "0${values[1]%.*}" -ge $full ]; }

# The name of a volume, GROUP/VOLUME, in the device mapper.
mapped() {
    local group=${1%/*} volume=${1#*/}
    echo "${group//-/--}-${volume//-/--}"
}

pool_of() { values pool_lv "$1" && echo "$(mapped "${1%/*}/${values[0]}")-tpool"; }

# Whether this host uses the pool of a volume. Of a group that several hosts see it may be another one that does, and two hosts that write to a pool destroy it: also to remove a volume is
# to write to it, for which LVM starts the pool.
pool_here() { dmsetup info "$(pool_of "$1")" >/dev/null 2>&1; }

# alike FROM TO: btrfs shares no blocks between a file that is written in place (chattr(1), +C), as libvirt makes them, and one that is not; an empty one can
# become either. Whatever cannot tell has no such files.
alike() {
    case $(lsattr -d -- "$1" 2>/dev/null | cut -d' ' -f1) in
        *C*) : >"$2" && run chattr +C -- "$2" ;;
    esac
}

# share FROM TO: TO becomes a file with the blocks of FROM.
share() { alike "$1" "$2" && run cp --reflink=always -- "$1" "$2"; }
