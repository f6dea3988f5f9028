#!/bin/bash
# vfrt's hand on the host of a guest whose memory is sent away continuously by 'xl remus'.
#
#   remus.sh check UUID BOOT    prints one line for each thing that is missing here, or in the way; BOOT is that of the machine that asks
#   remus.sh carry DOMID UUID MS STALL LIMIT RELAY GUARD
#                               has systemd run 'xl remus' for the guest, an epoch every MS milliseconds, and writes what it sends to standard output.
#                               STALL and LIMIT: see relay.py, whose text RELAY is; GUARD is the text of guard.sh
#   remus.sh stop UUID          ends that, waits until the guest goes on, and prints what was found and done, one line each
# and by systemd:
#   remus.sh send DOMID UUID MS STALL LIMIT
#   remus.sh after DOMID UUID   xl has ended, whatever ended it: makes sure that the guest goes on
#
# xl has no way to be told to stop. It stops when its receiver is gone: then it lets the guest go on, and ends. If it is killed in the middle of an epoch instead, the guest is left
# suspended, which the guard finds. Each suspend costs libvirt its watch for the guest's next poweroff (bug E), which the guard sets up anew.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mode=$1
shift

directory() { here=${VFRT_HOT_DIRECTORY:-/run/vfrt-hot.}$1 unit=vfrt-hot-$1; }
# Whatever systemd still has to do with it.
lives() { case $(systemctl is-active "$unit" 2>/dev/null) in active | activating | deactivating | reloading) return 0 ;; esac; return 1; }

check() {
    directory "$1"
    command -v xl >/dev/null || { echo no-xl; return; }
    xl help 2>/dev/null | grep -qw remus || echo no-remus
    command -v python3 >/dev/null || echo no-python
    command -v systemd-run >/dev/null || echo no-systemd
    [ "$(cat /proc/sys/kernel/random/boot_id)" != "$2" ] || echo same-machine
    ! lives || echo going-on
}

carry() {
    local domid=$1 uuid=$2 ms=$3 stall=$4 limit=$5 relay=$6 guard=$7
    directory "$uuid"
    umask 077
    if lives; then echo "'$unit' goes on already" >&2; exit 1; fi
    rm -rf -- "$here" && mkdir "$here" && mkfifo "$here/stream" || exit
    printf %s "$relay" >"$here/relay.py" && printf %s "$guard" >"$here/guard.sh" && printf %s "$BASH_EXECUTION_STRING" >"$here/remus.sh" || exit
    # The guest's memory is sent to this process alone, and the guest is looked after when xl is gone, also when somebody stops the unit.
    systemd-run --quiet --collect --unit="$unit" --description="vfrt: continuous copy of guest $uuid" \
        --property=TimeoutStopSec=900 --property="ExecStopPost=/bin/bash $here/remus.sh after $domid $uuid" \
        -- /bin/bash "$here/remus.sh" send "$domid" "$uuid" "$ms" "$stall" "$limit" </dev/null >&2 || exit
    exec python3 "$here/relay.py" carry "$here/stream" "$here/ended"
}

send() {
    directory "$2"
    # -F -n -d: no buffer for the guest's network, and no second copy of its disks, both of which vfrt says; -u: there is no compression to turn off, in any Xen that
    # vfrt knows. With -s '' the host is a command. xl tells of each epoch, for ever: of that nothing is kept.
    xl remus -F -n -d -u -i "$3" -s '' "$1" "exec python3 '$here/relay.py' relay '$here/stream' '$here/relay.pid' $4 $5" \
        >/dev/null 2> >(grep -v --line-buffered -E '^xc: (progress|detail|info)' >"$here/xl.log")
}

after() {
    directory "$2"
    : >"$here/ended"
    bash "$here/guard.sh" cure "$1" "$2" >"$here/said" 2>/dev/null
}

stop() {
    local relay until=$((SECONDS + 120))
    directory "$1"
    if read -r relay 2>/dev/null <"$here/relay.pid" && grep -qsF "$here/relay.py" "/proc/$relay/cmdline"; then
        kill "$relay" 2>/dev/null
    fi
    while lives && [ $SECONDS -lt $until ]; do sleep 0.3; done
    # Whatever it is at, its end is waited for, and that the guest goes on.
    ! lives || systemctl stop "$unit"
    cat "$here/said" 2>/dev/null
    grep -E 'libxl: error|^Failed|^Error' "$here/xl.log" 2>/dev/null | tail -n 3 | sed 's/^/xl said: /'
    ! lives || { echo "FAILED '$unit' does not end"; exit 1; }
    ! grep -q ^FAILED "$here/said" 2>/dev/null || exit 1
    rm -rf -- "$here"
}

case $mode in
    check) check "$@" ;;
    carry) carry "$@" ;;
    send) send "$@" ;;
    after) after "$@" ;;
    stop) stop "$@" ;;
esac
