#!/bin/bash
# Files out of a snapshot of a guest's disk. Runs on the host that has the snapshot, in a mount namespace of its own: what it mounts nobody else sees,
# and it goes with this program, however that ends.
#
#   files.sh ENGINE SNAPSHOT IDENTITY STORE GUEST MOMENT PARTITION PATH…
#       PARTITION is a number; or empty: the disk as a whole, or the one partition that has all paths.
#       Prints lines separated by tabs: 'no CODE TEXT', and that is all; or 'found TYPE PARTITION' (PARTITION is empty for the whole disk), and
#       behind it the files as a tar archive, to the end. On stderr 'left N': so many devices, sockets and pipes are not in it; and what went
#       wrong. It ended well if it ended with 0.
#       Reads lines meanwhile, whatever they are: whoever is silent for a minute is gone, and everything is taken down.
#
# A guest's disk may be made to break whoever reads it. So nothing of it is mounted but what is known (see 'mounted'), never the snapshot itself but
# a copy that is thrown away, read-only for all but the kernel's replay of its journal, and no path leads out of it (see 'real').
# shellcheck disable=SC2154
# What is called 'kept' is removed by 'vfrt store gc' after a week, if it should be left by a host that died.
silence=${VFRT_FILES_SILENCE:-60}
links_max=40
partitions_max=64

engine=$1 snapshot=$2 identity=$3 store=$4 guest=$5 moment=$6 partition=$7
shift 7
work='' copy='' backing='' loop='' child='' watcher='' root=''

# Nothing may come between the end and the tidying: whoever reads this ends its input at once.
no() {
    deaf
    row no "$1" "$2"
    exit 0
}
deaf() { trap '' HUP INT TERM PIPE; }

# --- beginning and end ---------------------------------------------------------------------------------------------

# Two may read at once; who is alone removes what one left that died with its host.
begin() {
    exec 9>>/run/vfrt-files.lock || no files-not-read "'/run/vfrt-files.lock' cannot be opened"
    if flock -n 9; then
        local left
        for left in $(command -v lvs >/dev/null && lvs --noheadings -o lv_full_name @vfrt.files 2>/dev/null); do
            ! pool_here "$left" || run lvremove -qq -f "$left"
        done
        rm -rf --one-file-system /run/vfrt-files.????????
    fi
    flock -s 9
    work=$(mktemp -d /run/vfrt-files.XXXXXXXX) || no files-not-read "no directory can be made in '/run'"
    root=$work/mounted
    mkdir "$root"
}

# Without the lock: it would be held by whoever is left behind.
watch() {
    exec 9>&-
    while read -r -t "$silence" _; do :; done
    kill -TERM $$
}

tidy() {
    deaf
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
    if [ -n "$child" ]; then
        kill -KILL -- "-$child"
        wait "$child"
    fi 2>/dev/null
    unmount
    case $copy in
        '') ;;
        /*) rm -f -- "$copy" ;;
        *) run lvremove -qq -f "$copy" || { sleep 2 && run lvremove -qq -f "$copy"; } || printf '%s\n' "'$copy' was not removed: $words" >&2 ;;
    esac
    [ -z "$work" ] || { rm -f "$work/left" && rmdir "$root" "$work"; }
}

unmount() {
    [ -z "$root" ] || ! mountpoint -q "$root" || umount "$root" || umount -l "$root"
    [ -z "$loop" ] || losetup -d "$loop" 2>/dev/null
    loop=''
}

# --- a copy that is thrown away ------------------------------------------------------------------------------------

copy_of_snapshot() {
    case $engine in
        lvm-thin) copy_volume ;;
        reflink) copy_file ;;
        *) no disk-engine "snapshots of engine '$engine' are not where this host could read them" ;;
    esac
}

copy_volume() {
    values lv_uuid,pool_lv "$snapshot" || no snapshot-missing "snapshot '$snapshot' is not there"
    [ "${values[0]}" = "$identity" ] || no snapshot-changed "'$snapshot' is not the snapshot that was taken"
    local pool=${snapshot%/*}/${values[1]}
    pool_here "$snapshot" || no pool-inactive "thin pool '$pool' is not in use on this host, and may be on another: two hosts that write to a pool destroy it"
    if pool_full "$pool"; then
        no pool-full "the thin pool of '$snapshot' is filled to ${values[0]} % (its metadata to ${values[1]} %)"
    fi
    local name=${snapshot%"$mark"*}${mark}kept-$moment
    copy=$name
    run lvcreate -qq --config 'activation{monitoring=0}' --snapshot --setactivationskip n --permission rw --addtag vfrt --addtag vfrt.files \
        --addtag "vfrt.store=$store" --addtag "vfrt.guest=$guest" --addtag "vfrt.kept=$moment" --name "${name#*/}" "$snapshot" \
        || no files-not-read "no copy of '$snapshot' was made: $words"
    backing=/dev/$name
}

# The copy has no name any more as soon as it is open: nothing is left of it then, whatever happens.
copy_file() {
    [ -f "$snapshot" ] || no snapshot-missing "snapshot '$snapshot' is not there"
    [ "$(stat -c '%i:%s:%.9Y' -- "$snapshot")" = "$identity" ] || no snapshot-changed "'$snapshot' is not the snapshot that was taken"
    [ "$(head -c 4 -- "$snapshot" | od -An -tx1)" != " 51 46 49 fb" ] || no files-not-read "'$snapshot' is a qcow2 image, which the kernel does not read"
    copy=${snapshot%"$mark"*}${mark}kept-$moment.$store.$guest
    { [ ! -e "$copy" ] && share "$snapshot" "$copy" && run chmod 0600 "$copy"; } || no files-not-read "no copy of '$snapshot' was made: $words"
    exec 8<>"$copy" || no files-not-read "the copy of '$snapshot' cannot be opened"
    rm -f -- "$copy"
    copy=''
    backing=/proc/$$/fd/8
}

# --- the file systems on it ----------------------------------------------------------------------------------------

# kind_of OFFSET BYTES: what begins there, by its signature; without any device or mount.
kind_of() { blkid -p -o value -s TYPE -O "$1" -S "$2" "$backing" 2>/dev/null; }

size_of() { if [ -b "$backing" ]; then blockdev --getsize64 "$backing"; else stat -L -c %s "$backing"; fi; }

# Fills table with 'NUMBER OFFSET BYTES'; one with number 0 stands for the disk as a whole.
read_table() {
    local number start sectors code whole
    whole=$(size_of)
    table=()
    if [ -z "$(kind_of 0 "$whole")" ]; then
        while read -r number start sectors code; do
            case $code in 0x5 | 0xf | 0x85) continue ;; esac
            [ ${#table[@]} -lt $partitions_max ] && [ "${sectors:-0}" -gt 0 ] && table+=("$number $((start * 512)) $((sectors * 512))")
        done < <(partx --raw --noheadings -o NR,START,SECTORS,TYPE "$backing" 2>/dev/null)
    fi
    [ ${#table[@]} -gt 0 ] || table=("0 0 $whole")
}

called() { if [ "$1" = 0 ]; then echo "the disk"; else echo "partition $1"; fi; }

# Why nothing of that kind is mounted; nothing for what is.
why_not() {
    case $1 in
        ext2 | ext3 | ext4 | xfs | vfat) ;;
        '') echo "holds nothing that is known" ;;
        crypto_LUKS | BitLocker) echo "is encrypted" ;;
        LVM2_member) echo "belongs to a volume group of the guest's own" ;;
        linux_raid_member | *_raid_member) echo "is part of a RAID of the guest's own" ;;
        swap) echo "is swap space" ;;
        btrfs) echo "is btrfs, and the kernel would take the copy for the original" ;;
        *) echo "is '$1', which is not mounted here" ;;
    esac
}

# mounted KIND OFFSET BYTES. 'errors' is given: the file system itself may say that the kernel is to panic. A journal on another device would make
# the kernel write to whatever the guest has named. Two copies of an XFS have one UUID.
mounted() {
    local kind=$1 offset=$2 bytes=$3 options=ro,nosuid,nodev,noexec driver=$1
    case $kind in
        ext*)
            driver=ext4 options+=,errors=remount-ro
            if [ "$(od -An -tu4 -j $((offset + 1024 + 228)) -N 4 "$backing" 2>/dev/null | tr -d ' ')" != 0 ]; then
                words="its journal is on another device"
                return 1
            fi
            ;;
        xfs) options+=,nouuid ;;
        vfat) options+=,errors=remount-ro ;;
    esac
    words=$(losetup --find --show --offset "$offset" --sizelimit "$bytes" "$backing" 2>&1) || return 1
    loop=$words
    run mount -t "$driver" -o "$options" "$loop" "$root" || return 1
    # It goes with the mount, also when nobody is left to let go of it.
    losetup -d "$loop"
    loop=''
}

# real PATH: puts into $found where it is below the mounted root. Links among its directories are followed as the guest follows them, so none leads
# out; it may be a link itself.
real() {
    local rest=$1 past='' part link hops=0
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        case $part in
            '' | .) continue ;;
            ..) past=${past%/*} && continue ;;
        esac
        if [ -n "$rest" ] && [ -L "$root$past/$part" ]; then
            [ $((++hops)) -le $links_max ] && link=$(readlink -- "$root$past/$part") || return 1
            case $link in /*) past='' ;; esac
            rest=$link/$rest
        else
            past=$past/$part
        fi
    done
    found=.$past
    [ -L "$root/$found" ] || [ -e "$root/$found" ]
}

# Each once: what is in the archive twice comes out wrong.
has_all() {
    local path found
    paths=()
    for path; do
        real "$path" || { missing=$path && return 1; }
        within "$found" "${paths[@]}" || paths+=("$found")
    done
    local all=("${paths[@]}")
    paths=()
    for found in "${all[@]}"; do
        if [ "$found" = . ] || ! within "${found%/*}" "${all[@]}"; then paths+=("$found"); fi
    done
}

# within PATH DIRECTORY…: whether it is one of these, or below one.
within() {
    local path=$1 directory
    shift
    for directory; do
        case $path/ in "$directory"/*) return 0 ;; esac
    done
    return 1
}

# Leaves the one that is wanted mounted, and what it is in $kind and $number.
choose() {
    local one offset bytes why seen='' matches=() other=files-not-read
    read_table
    for one in "${table[@]}"; do
        read -r number offset bytes <<<"$one"
        [ -z "$partition" ] || [ "$partition" = "$number" ] || continue
        kind=$(kind_of "$offset" "$bytes")
        why=$(why_not "$kind")
        if [ -n "$why" ]; then
            seen+="; $(called "$number") $why"
        elif ! mounted "$kind" "$offset" "$bytes"; then
            unmount
            seen+="; $(called "$number") ($kind) cannot be mounted: $words"
        elif ! has_all "$@"; then
            unmount
            other=no-such-file
            seen+="; $(called "$number") ($kind) has no '$missing'"
        else
            unmount
            matches+=("$number $offset $bytes $kind")
        fi
    done
    [ -n "$seen" ] || [ ${#matches[@]} -gt 0 ] || no files-not-read "it has no partition $partition, but $(printf '%s\n' "${table[@]}" | cut -d' ' -f1 | paste -sd,)"
    [ ${#matches[@]} -gt 0 ] || no "$other" "${seen#; }"
    [ ${#matches[@]} -eq 1 ] || no several-partitions "the paths are in several partitions: $(printf '%s\n' "${matches[@]}" | cut -d' ' -f1 | paste -sd' ')"
    read -r number offset bytes kind <<<"${matches[0]}"
    mounted "$kind" "$offset" "$bytes" && has_all "$@" || no files-not-read "$(called "$number") ($kind) cannot be mounted: $words"
    [ "$number" != 0 ] || number=''
}

# --- the files -----------------------------------------------------------------------------------------------------

# Holes stay holes, so that a file of exabytes takes what is in it. Devices, sockets and pipes have no business where this goes.
send() {
    exec 8<&- 9>&-
    set -o pipefail
    cd "$root" || return
    find "$@" -xdev \( -type f -o -type d -o -type l \) -print0 -o -fprintf "$work/left" . \
        | tar --create --format=posix --sparse --numeric-owner --no-recursion --null --files-from=- --file=-
}

trap tidy EXIT
trap 'deaf; exit 1' HUP INT TERM PIPE
begin
watch <&0 >/dev/null &
watcher=$!
copy_of_snapshot
choose "$@"
row found "$kind" "$number"
# In a group of its own, which can be ended as a whole.
set -m
send "${paths[@]}" </dev/null &
child=$!
set +m
wait "$child"
status=$?
child=''
deaf
row left "$(stat -c %s "$work/left" 2>/dev/null)" >&2
exit $status
