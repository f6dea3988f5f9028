#!/bin/bash
# vfrt dies by SIGKILL at ten points of a live capture, and of a checkpoint by save. Each time the guest runs, or the next command
# brings it back, says so, and leaves nothing behind.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web4 --memory 128
# libvirt's save is the same on both releases; the live capture is not (bug D).
methods=$([ "${VFRT_RELEASE:-bookworm}" = bookworm ] && echo live save || echo live)
for method in $methods; do
    begun=${EPOCHREALTIME/./}
    vfrt checkpoint create web4 --method $method
    took=$((${EPOCHREALTIME/./} - begun))
    for point in 1 2 3 4 5 6 7 8 9 10; do
        at=$(awk -v t=$took -v p=$point 'BEGIN { printf "%.3f", t * p / 11 / 1000000 }')
        say "$method: SIGKILL after $at s"
        setsid "$tree/scripts/vfrt" checkpoint create web4 --method $method --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
        sleep "$at"
        pkill -KILL -f "org.vfrt.cli.Main checkpoint create web4" || say "it had ended by itself"
        wait || true
        # The next command settles it first, whatever it was.
        vfrt checkpoint create web4 --dry-run --lock-wait 10s 2>&1 | sed 's/^/    /' || fail "the next command did not settle it"
        goes_on web4
        [ -z "$(ls "$work/store/incoming" 2>/dev/null)" ] || fail "left behind: $(ls "$work/store/incoming")"
        [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
    done
done
[ -z "$(on_host xen1 'ls -d /run/vfrt.* 2>/dev/null')" ] || fail "left on the host: $(on_host xen1 'ls -d /run/vfrt.*')"
vfrt checkpoint verify --all
xenlab guest query web4 poweroff || true
eventually 60 "libvirt notices the poweroff after all that" libvirt_says xen1 web4 "shut off"
