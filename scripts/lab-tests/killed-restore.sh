#!/bin/bash
# vfrt dies by SIGKILL at four points of a restore, or VFRT_KILLS. Each time the next command says what is left, nothing half-restored stays, and the
# restore works when it is done again.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web8 --memory 128
vfrt checkpoint create web8
on_host xen1 virsh -q -c xen:///system destroy web8
kills=${VFRT_KILLS:-4}
begun=${EPOCHREALTIME/./}
vfrt checkpoint restore web8 --to xen2
took=$((${EPOCHREALTIME/./} - begun))
on_host xen2 virsh -q -c xen:///system destroy web8
for ((point = 1; point <= kills; point++)); do
    at=$(moment $took $point "$kills")
    say "SIGKILL after $at s"
    setsid "$tree/scripts/vfrt" checkpoint restore web8 --to xen2 --config "$work/vfrt.yaml" >/dev/null 2>&1 &
    sleep "$at"
    killed checkpoint restore web8
    wait || true
    # libvirt on the target needs a moment to see that the stream has ended.
    eventually 120 "the leftovers are settled" vfrt host check
    [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
    state=$(virsh_state xen2 web8 || true)
    [[ -z $state || $state == running || $state == "shut off" ]] || fail "left on xen2: '$state'"
    [ "$state" != running ] || on_host xen2 virsh -q -c xen:///system destroy web8
done
vfrt checkpoint restore web8 --to xen2
goes_on web8
memory_is_right web8
