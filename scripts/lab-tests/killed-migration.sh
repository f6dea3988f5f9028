#!/bin/bash
# vfrt dies by SIGKILL at ten points of a live migration: the guest runs on exactly one host, or the next command sees to that.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest traveller --memory 128 --load busy --rate 1
kills=${VFRT_KILLS:-10}
# The two phases below are the two points of a whole run.
[ "$kills" -gt 2 ] || kills=0

where() { for host in xen1 xen2; do [ "$(virsh_state "$host" traveller)" != running ] || echo "$host"; done; }
other() { [ "$1" = xen1 ] && echo xen2 || echo xen1; }

begun=${EPOCHREALTIME/./}
vfrt migrate guest traveller --to xen2
took=$((${EPOCHREALTIME/./} - begun))
for ((point = 1; point <= kills; point++)); do
    at=$(moment $took $point "$kills")
    to=$(other "$(where)")
    say "SIGKILL $at s into a migration to $to"
    setsid "$tree/scripts/vfrt" migrate guest traveller --to "$to" --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
    sleep "$at"
    killed migrate guest traveller
    wait || true
    settled
    goes_on traveller
    memory_is_right traveller
    is_only_on "$(where)" traveller
    [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
done
# The moments that matter most are the shortest: the journal says when they come.
for phase in finishing confirming; do
    to=$(other "$(where)")
    say "SIGKILL while '$phase', on the way to $to"
    setsid "$tree/scripts/vfrt" migrate guest traveller --to "$to" --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
    until grep -qs "\"$phase\"" "$work"/state/journal/*.json; do
        jobs %% >/dev/null 2>&1 || fail "it never was '$phase': $(cat "$work/err")"
        sleep 0.02
    done
    killed migrate guest traveller
    wait || true
    settled
    goes_on traveller
    memory_is_right traveller
    is_only_on "$(where)" traveller
done
vfrt migrate repair traveller
for host in xen1 xen2; do
    [ -z "$(on_host $host 'ls -d /run/vfrt.* 2>/dev/null')" ] || fail "left on $host: $(on_host $host 'ls -d /run/vfrt.*')"
done
host=$(where)
xenlab guest query traveller poweroff || true
eventually 60 "libvirt notices the poweroff after all that" libvirt_says "$host" traveller "shut off"
