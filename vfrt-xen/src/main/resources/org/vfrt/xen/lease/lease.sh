#!/bin/bash
# A host that resets itself when nobody has renewed its lease. Runs there, as root.
#
#   lease.sh ROOT moment                    'moment BOOT MOMENT WATCHDOG ARMING': the boot, the host's own clock in milliseconds, after how long without a renewal it is
#                                           reset, and who armed it; 0 and '-' while no lease is armed
#   lease.sh ROOT arm BOOT ARMING WATCHDOG  arms it, WATCHDOG in milliseconds, or gives what is armed that name; 'done', as all that follow, or 'no CODE TEXT'
#   lease.sh ROOT renew BOOT ARMING MOMENT  renews it, as of that moment
#   lease.sh ROOT disarm BOOT ARMING        gives it back
# ROOT is empty, or stands before every path. What is answered is separated by tabs.
#
#   /run/vfrt/lease/watchdog   as above
#   /run/vfrt/lease/arming     as above: whoever armed it anew since is not disarmed by one who knew the arming before
#   /run/vfrt/lease/deadline   when the lease ends, by the host's own clock, in milliseconds
#   /run/vfrt/lease/over       it has ended, and the host is about to be
#   /run/vfrt/lease/back       asks the keeper to disarm
# A moment is asked for first, told to other controllers, and only then renewed with. So whoever hears of a renewal hears of it after that moment, whatever the
# controller slept through, and the host is reset at the latest WATCHDOG after it.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077

root=$1 verb=$2
shift 2
lease=$root/run/vfrt/lease
read -r boot <"$root/proc/sys/kernel/random/boot_id" || exit 1

row() {
    local IFS=$'\t'
    printf '%s\n' "$*"
}

no() {
    row no "$@"
    exit 0
}

# It goes on while the host is suspended, and nobody sets it.
now() {
    local up
    read -r up _ </proc/uptime
    echo $((10#${up/./} * 10))
}

put() { printf '%s\n' "$2" >"$1.new" && mv -f "$1.new" "$1"; }

lock() { mkdir -p "$lease" && exec 9>"$lease/lock" && flock -w 20 9; }

same_boot() { [ "$1" = "$boot" ] || no other-boot "its boot is '$boot', and not '$1'"; }

# The keeper holds this lock for as long as it lives.
kept() { [ -e "$lease/kept" ] && ! flock -n "$lease/kept" true; }

armed() { [ -s "$lease/watchdog" ] && kept; }

# Half of the time is the watchdog's; the keeper looks every second, and the rest is the lease's.
lease_of() { echo $(($1 / 2 - 2000)); }

moment() {
    if armed; then row moment "$boot" "$(now)" "$(cat "$lease/watchdog")" "$(arming)"; else row moment "$boot" "$(now)" 0 -; fi
}

arming() { cat "$lease/arming" 2>/dev/null || echo -; }

same_arming() { [ "$1" = "$(arming)" ] || no other-arming "somebody else armed its lease since"; }

# The watchdog that Xen keeps for its dom0, or what stands for it.
device() {
    local at
    [ -z "$root" ] || { echo "$root/dev/watchdog"; return; }
    for at in /sys/class/watchdog/watchdog*; do
        # Newer kernels do not say which driver is behind it.
        case $(cat "$at/identity" 2>/dev/null)/$(basename "$(readlink -f "$at/device/driver")" 2>/dev/null) in
            xen_wdt/* | */xen_wdt) echo "/dev/${at##*/}" && return ;;
        esac
    done
}

arm() {
    local at
    same_boot "$1"
    if armed; then
        [ "$(cat "$lease/watchdog")" = "$3" ] || no other-watchdog "a lease of $(cat "$lease/watchdog") ms is armed there already"
        # One that was told to end may do so at any time.
        if [ ! -e "$lease/back" ]; then
            put "$lease/arming" "$2"
            return
        fi
        ended || no keeper-busy "what renews the watchdog does not end"
    fi
    [ "$(lease_of "$3")" -ge 3000 ] || no short-watchdog "a watchdog of $3 ms leaves no time to renew the lease"
    if [ -z "$root" ]; then
        command -v python3 >/dev/null || no no-command "the host has no 'python3'"
        [ -n "$(device)" ] || modprobe xen_wdt "timeout=$(($3 / 2000))" 2>/dev/null
    fi
    at=$(device)
    [ -n "$at" ] && [ -e "$at" ] || no no-watchdog "Xen's watchdog is not there: the module 'xen_wdt' cannot be loaded"
    rm -f "$lease"/{over,back}
    put "$lease/deadline" $(($(now) + $(lease_of "$3"))) && put "$lease/arming" "$2" && put "$lease/watchdog" "$3" || return 1
    # Its own unit outlives this session; without the usual dependencies it is not stopped while the host's guests still end.
    if [ -z "$root" ]; then
        systemd-run --quiet --collect --unit=vfrt-lease -p DefaultDependencies=no -p OOMScoreAdjust=-1000 -p Nice=-10 \
            python3 -c "$keeper" "$lease" "$at" $(($3 / 2000)) || return 1
    else
        setsid python3 -c "$keeper" "$lease" "$at" $(($3 / 2000)) </dev/null >/dev/null 2>&1 9>&- &
    fi
    for _ in $(seq 100); do
        kept && return 0
        sleep 0.1
    done
    rm -f "$lease/watchdog"
    no keeper-gone "what renews the watchdog does not start"
}

renew() {
    same_boot "$1"
    armed || no not-armed "no lease is armed there"
    [ ! -e "$lease/over" ] || no lease-over "its lease has ended, and it is about to be reset"
    same_arming "$2"
    [ "$3" -le "$(now)" ] || no other-boot "moment $3 is still to come there"
    local until=$(($3 + $(lease_of "$(cat "$lease/watchdog")")))
    [ "$until" -le "$(cat "$lease/deadline")" ] || put "$lease/deadline" "$until"
}

disarm() {
    same_boot "$1"
    armed || { rm -f "$lease/watchdog"; return 0; }
    same_arming "$2"
    [ ! -e "$lease/over" ] || no lease-over "its lease has ended, and it is about to be reset"
    : >"$lease/back"
    ended && return 0
    rm -f "$lease/back"
    no keeper-busy "what renews the watchdog does not end"
}

# The keeper has given the watchdog back, and is gone.
ended() {
    for _ in $(seq 100); do
        kept || { rm -f "$lease"/{watchdog,back}; return 0; }
        sleep 0.1
    done
    return 1
}

# Renews the watchdog while the lease holds, and never again once it did not: then the host is on its way down, and others count on that. However this program ends, the watchdog goes on,
# but for the letter that says that it is given back.
read -r -d '' keeper <<'PY'
import fcntl, os, signal, struct, sys, time

lease, device, timeout = sys.argv[1], sys.argv[2], int(sys.argv[3])
kept = open(os.path.join(lease, "kept"), "w")
fcntl.flock(kept, fcntl.LOCK_EX)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)

def now():
    with open("/proc/uptime") as up:
        return int(float(up.read().split()[0]) * 1000)

def there(name):
    return os.path.exists(os.path.join(lease, name))

def deadline():
    try:
        with open(os.path.join(lease, "deadline")) as text:
            return int(text.read())
    except (OSError, ValueError):
        return 0

watchdog = os.open(device, os.O_WRONLY)
try:
    fcntl.ioctl(watchdog, 0xC0045706, struct.pack("i", timeout))
except OSError:
    pass  # What stands for one in tests has no timeout.
while True:
    # Asked before the clock: what is renewed in between counts from the next turn on.
    until = deadline()
    if now() >= until:
        break
    if there("back"):
        os.write(watchdog, b"V")
        os.close(watchdog)
        sys.exit(0)
    os.write(watchdog, b".")
    time.sleep(1)
open(os.path.join(lease, "over"), "w").close()
while True:
    time.sleep(60)
PY

case $verb in
    moment) moment ;;
    arm | renew | disarm) lock && "$verb" "$@" && echo 'done' ;;
    *) exit 2 ;;
esac
