#!/bin/bash
# Has this host start a guarded guest only with a permit. vfrt sends this to the host for each thing that it wants; the same text is libvirt's hook there, and
# what systemd runs before saved guests are restored.
#
#   permits.sh ROOT standing                'boot ID', 'installed yes|no', 'rejoined yes|no', 'guarded UUID EPOCH PERMIT NAME' for each guest, 'end'
#   permits.sh ROOT guard UUID NAME         'done', as all that follow, or 'no CODE TEXT'
#   permits.sh ROOT unguard UUID [EPOCH]
#   permits.sh ROOT rejoin BOOT
#   permits.sh ROOT give BOOT UUID EPOCH
#   permits.sh ROOT withdraw UUID EPOCH SECONDS   waits so long at most for a start that has begun with the permit
#   …/libxl.d/00-vfrt GUEST OPERATION …     called by libvirt, with the definition to read; an exit code other than 0 refuses the start
#   …/libxl.d/00-vfrt xendomains aside put|back
# ROOT is empty, or stands before every path. What is answered is separated by tabs.
#
#   /var/lib/vfrt/guarded/UUID   the guest's name
#   /var/lib/vfrt/epochs/UUID    the highest epoch that was seen here; outlives the guarding
#   /run/vfrt/rejoined           the boot
#   /run/vfrt/permits/UUID       epoch and boot
#   /run/vfrt/starts/UUID        a start that goes on: epoch, process of libvirt, and when that one began
#   /run/vfrt/asks               the process of libvirt that is known to call the hook, and when it began
# /run is gone with the boot, and so are the permits.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077

row() {
    local IFS=$'\t'
    printf '%s\n' "$*"
}

no() {
    row no "$@"
    exit 0
}

places() {
    root=$1 guarded=$1/var/lib/vfrt/guarded epochs=$1/var/lib/vfrt/epochs run=$1/run/vfrt hooks=$1/etc/libvirt/hooks
    read -r boot <"$root/proc/sys/kernel/random/boot_id" || exit 1
}

# All that changes anything does so while it holds this. It goes when the process ends.
lock() {
    mkdir -p "$guarded" "$epochs" "$run/permits" "$run/starts" && exec 9>"$run/lock" && flock -w 60 9
}

# put FILE TEXT [MODE]: all of it or nothing of it is there, also after the power was cut.
put() {
    printf '%s\n' "$2" >"$1.new" && chmod "${3:-600}" "$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync "${1%/*}"
}

# What was seen of a guest's epochs.
epochs_of() {
    seen=0
    [ ! -e "$epochs/$1" ] || read -r seen <"$epochs/$1"
}

# The epoch of its permit; empty without one.
permit_of() {
    local of
    permit='' of=''
    [ ! -e "$run/permits/$1" ] || read -r permit of <"$run/permits/$1"
    [ "$of" = "$boot" ] || permit=''
}

# When a process began; nothing when there is none of that number.
begun() {
    local stat words
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    read -r -a words <<<"${stat##*) }"
    echo "${words[19]}"
}

# The same as the time of day, in seconds. (The directory in /proc is younger than its process, sometimes much.)
began() {
    local up
    read -r up _ </proc/uptime
    echo $((EPOCHSECONDS - ${up%.*} + $(begun "$1") / 100))
}

# --- what vfrt asks for --------------------------------------------------------------------------------------------

# libvirt looks for hooks when it starts, and does not ask one that came later, unless there was one before.
installed() {
    local hook pid
    for hook in "$hooks/libxl.d/00-vfrt" "$hooks/libxl"; do
        if [ -x "$hook" ] && grep -qs '^# Has this host start a guarded guest only with a permit' "$hook"; then
            for pid in $(cat "$root/run/libvirtd.pid" "$root/run/virtxend.pid" 2>/dev/null); do
                [ -d "/proc/$pid" ] || continue
                [ "$(cat "$run/asks" 2>/dev/null)" = "$pid $(begun "$pid")" ] || [ "$(began "$pid")" -ge "$(stat -c %Z "$hook")" ] || return 1
            done
            return 0
        fi
    done
    return 1
}

standing() {
    local file name
    row boot "$boot"
    row installed "$(installed && echo yes || echo no)"
    row rejoined "$([ "$(cat "$run/rejoined" 2>/dev/null)" = "$boot" ] && echo yes || echo no)"
    for file in "$guarded"/*; do
        [[ -e $file && $file != *.new ]] || continue
        read -r name <"$file"
        epochs_of "${file##*/}"
        permit_of "${file##*/}"
        row guarded "${file##*/}" "$seen" "${permit:--}" "$name"
    done
    echo end
}

guard() { [ "$(cat "$guarded/$1" 2>/dev/null)" = "$2" ] || put "$guarded/$1" "$2"; }

unguard() {
    [ $# = 1 ] || in_time "$1" "$2"
    rm -f "$guarded/$1" "$run/permits/$1" && sync "$guarded"
}

# Whoever acts for an epoch from before one that was seen here has slept meanwhile.
in_time() {
    epochs_of "$1"
    [ "$2" -ge "$seen" ] || no later-epoch "it has seen epoch $seen of guest '$1', and epoch $2 is from before"
}

# note UUID EPOCH, of a guest whose epochs were asked for
note() { [ "$2" = "$seen" ] || put "$epochs/$1" "$2"; }

same_boot() { [ "$1" = "$boot" ] || no other-boot "its boot is '$boot', and not '$1'"; }

rejoin() {
    same_boot "$1"
    put "$run/rejoined" "$boot"
}

give() {
    same_boot "$1"
    [ "$(cat "$run/rejoined" 2>/dev/null)" = "$boot" ] || no not-rejoined "it has not rejoined since its boot '$boot' began"
    [ -e "$guarded/$2" ] || no not-guarded "it does not guard guest '$2'"
    in_time "$2" "$3"
    note "$2" "$3" && put "$run/permits/$2" "$3 $boot"
}

withdraw() {
    local until=$((SECONDS + $3))
    in_time "$1" "$2"
    note "$1" "$2" && rm -f "$run/permits/$1" || return 1
    # From here on no start begins with it. One that has begun ends soon: the hook has marked it.
    flock -u 9
    while starting "$1" "$2"; do
        [ $SECONDS -lt "$until" ] || no start-going-on "a start of guest '$1' that had begun before still goes on there"
        sleep 0.2
    done
}

# Whether a start goes on with a permit of this epoch or an earlier one. It ended if libvirt did.
starting() {
    local epoch pid since
    read -r epoch pid since 2>/dev/null <"$run/starts/$1" || return 1
    [ "$epoch" -le "$2" ] && [ "$(begun "$pid")" = "$since" ]
}

# --- what libvirt asks for -----------------------------------------------------------------------------------------

# libvirt calls this with 'prepare' and 'start' before anything of the guest is there, for starts, restores and incoming migrations alike; with 'started' when its
# domain is complete, and else, and when the guest has ended, with 'stopped' and 'release'. A refusal at 'prepare' by anybody is followed by nothing, so a start is
# marked at 'start'.
hook() {
    local xml='' uuid
    IFS= read -r -d '' xml
    [ ! -d "$run" ] || echo "$PPID $(begun "$PPID")" >"$run/asks"
    case $2 in
        prepare | start | started | stopped | release)
            # The first there is the guest's own: what people may write into a definition comes behind it.
            if [[ $xml =~ \<uuid\>([0-9a-f-]{36})\</uuid\> ]]; then
                uuid=${BASH_REMATCH[1]}
                [ ! -e "$guarded/$uuid" ] && [ ! -e "$run/starts/$uuid" ] || { lock && decide "$1" "$2" "$uuid"; } || return 1
            elif [[ $2 = prepare || $2 = start ]] && [ -n "$(ls -A "$guarded" 2>/dev/null)" ]; then
                echo "vfrt: libvirt does not tell the UUID of guest '$1', and some guests need a permit here" >&2
                return 1
            fi
            ;;
    esac
    # Where libvirt knows one hook only, the site's comes after this one.
    [ "${0##*/}" != libxl ] || [ ! -x "$0.site" ] || printf '%s' "$xml" | "$0.site" "$@"
}

decide() {
    case $2 in
        prepare | start)
            [ -e "$guarded/$3" ] || return 0
            permit_of "$3"
            if [ -z "$permit" ]; then
                echo "vfrt: guest '$1' may run elsewhere: it is protected, and this host has no permit for it. HINT: see 'vfrt standby status $1'" >&2
                return 1
            fi
            [ "$2" = prepare ] || put "$run/starts/$3" "$permit $PPID $(begun "$PPID")"
            ;;
        *) rm -f "$run/starts/$3" ;;
    esac
}

# --- what systemd asks for -----------------------------------------------------------------------------------------

# Neither xl nor libvirt would restore a guest with a permit only; and libvirt removes what it saved before it asks its hooks. So what was saved of a guest without a permit is
# moved into '.vfrt-aside' beside it, for good, and what Xen would start by itself is not there while it does so.
aside() {
    local file
    xendomains
    if [ "$1" = back ]; then
        for file in "$auto"/.vfrt-aside.*; do
            [ ! -e "$file" ] && [ ! -L "$file" ] || mv -n "$file" "$auto/${file##*/.vfrt-aside.}" || return 1
        done
        return 0
    fi
    lock || return 1
    for file in "$saves"/* "$managed"/*.save; do
        if [ -f "$file" ] && unpermitted "$file"; then
            mkdir -p "${file%/*}/.vfrt-aside" && mv "$file" "${file%/*}/.vfrt-aside/${file##*/}.$(date +%Y%m%dT%H%M%S)" || return 1
            echo "vfrt: '$file' was put aside: its guest is protected, and this host has no permit for it" >&2
        fi
    done
    for file in "$auto"/*; do
        if [ -f "$file" ] && unpermitted "$file"; then
            mv "$file" "$auto/.vfrt-aside.${file##*/}" || return 1
            echo "vfrt: the guest of '$file' is not started: it is protected, and this host has no permit for it" >&2
        fi
    done
}

# Where Xen and libvirt keep what they start by themselves.
xendomains() {
    local file
    XENDOMAINS_SAVE='' XENDOMAINS_AUTO=''
    for file in "$root/etc/default/xendomains" "$root/etc/sysconfig/xendomains"; do
        # shellcheck disable=SC1090
        [ ! -r "$file" ] || . "$file"
    done
    saves=$root${XENDOMAINS_SAVE:-/var/lib/xen/save} auto=$root${XENDOMAINS_AUTO:-/etc/xen/auto} managed=$root/var/lib/libvirt/libxl/save
}

# Whether a save or a definition is of a guest that may not start here. Both formats of saves have the definition at their beginning.
unpermitted() {
    local entry uuid name
    for entry in "$guarded"/*; do
        uuid=${entry##*/}
        [[ -e $entry && $uuid != *.new ]] || continue
        permit_of "$uuid"
        [ -z "$permit" ] || continue
        read -r name <"$entry"
        ! is_of "$1" "$uuid" "$name" || return 0
    done
    return 1
}

# is_of FILE UUID [NAME]
is_of() {
    local name=${3:-}
    name=${name//[ $'\t']/}
    set -- "$1" -e "$2" ${name:+-e "name=\"$name\"" -e "name='$name'" -e "\"name\":\"$name\"" -e "<name>$name</name>"}
    head -c 262144 "$1" | tr -d ' \t' | grep -aqiF "${@:2}"
}
