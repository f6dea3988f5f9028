#!/bin/bash
# Networks fail while both hosts live: a protected guest never runs twice, whichever network it is and whether its host can be fenced or not. Needs 'xenlab up 2 --bmc'.
#   VFRT_TRIES    how often (10); odd tries can fence, even ones cannot
#   VFRT_MEMORY   MiB of memory of the guest (128)
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=web1 tries=${VFRT_TRIES:-10}
run_dir=$HOME/.cache/vfrt/xenlab/run${VFRT_XENLAB:-1}

status() { vfrt standby status "$guest" -o json 2>/dev/null | python3 -c "import json,sys; print(json.load(sys.stdin)['guests'][0]['$1'])"; }
is_on() { grep -q "^$1 on" <<<"$(xenlab status)"; }

# The cable between this machine and a host, where vfrt's ssh goes through. Fence devices are reached on another one.
silent() { kill -STOP "$(cat "$run_dir/$1/work.pid")"; }
heard_again() { kill -CONT "$(cat "$run_dir/$1/work.pid")" 2>/dev/null || true; }

# runs_once HOST: there, and on no other host that has power. A host that was fenced has none.
runs_once() {
    local host active
    for host in $(lab_hosts); do
        is_on "$host" || continue
        active=$(on_host "$host" "xl list | awk -v g=$guest '\$1 == g || index(\$1, g \"--\") == 1'")
        if [ "$host" = "$1" ]; then [ -n "$active" ] || fail "$guest is not on $1"; else [ -z "$active" ] || fail "$guest is on $host too: $active"; fi
    done
    goes_on "$guest"
    memory_is_right "$guest"
}

hosts_cannot_hear_each_other() {
    say "try $1: the hosts cannot hear each other, and vfrt hears both"
    xenlab link down "$home"
    exits 3 vfrt standby failover --host "$home" --alert-id "link-$1" 2>"$work/said"
    grep -q "answers" "$work/said" || fail "the refusal says: $(cat "$work/said")"
    vfrt standby run --once >/dev/null 2>&1 || true
    xenlab link up "$home"
    runs_once "$home"
}

cannot_be_fenced() {
    say "try $1: vfrt cannot hear $home, nor its fence device"
    xenlab bmc off "$home"
    silent "$home"
    exits 3 vfrt standby failover --host "$home" --alert-id "cut-$1" 2>"$work/said"
    grep -q HINT "$work/said" || fail "it does not say what is missing: $(cat "$work/said")"
    sed 's/^/    /' "$work/said"
    vfrt standby run --once >/dev/null 2>&1 || true
    heard_again "$home"
    xenlab bmc on "$home"
    eventually 120 "$home is heard again" on_host "$home" true
    runs_once "$home"
}

can_be_fenced() {
    say "try $1: vfrt cannot hear $home, and can fence it"
    silent "$home"
    exits 0 vfrt standby failover --host "$home" --alert-id "cut-$1" --despite-many
    ! is_on "$home" || fail "$home was not fenced"
    [ "$(status host)" = "$other" ] || fail "$guest is on '$(status host)'"
    xenlab wait-guest "$guest" 180
    runs_once "$other"
    heard_again "$home"
    xenlab power on "$home"
    eventually 600 "$home answers" on_host "$home" true
    ! on_host "$home" virsh -q -c xen:///system start "$guest" 2>/dev/null || fail "$home started $guest, which runs on $other"
    vfrt standby rejoin "$home"
    runs_once "$other"
    read -r home other <<<"$other $home"
    # The other one stands by from now on.
    vfrt standby run --once || true
}

for host in $(lab_hosts); do on_host "$host" 'rm -rf /var/lib/vfrt /run/vfrt'; done
for host in $(lab_hosts); do vfrt host setup "$host"; vfrt standby rejoin "$host"; done
home=xen1 other=xen2
trap 'heard_again xen1; heard_again xen2; cleanup' EXIT
# As many hosts as are fenced here do not die in so short a time: despite-many.
start_guest "$guest" --memory "${VFRT_MEMORY:-128}" --load busy --rate 1 --area 16
vfrt standby protect "$guest" --on xen2 --interval 5m
vfrt standby run --once || true
for ((try = 1; try <= tries; try++)); do
    case $((try % 4)) in
        1 | 3) can_be_fenced $try ;;
        2) cannot_be_fenced $try ;;
        0) hosts_cannot_hear_each_other $try ;;
    esac
done
say "RESULT network_cuts=$tries double_starts=0"
vfrt standby unprotect "$guest"
