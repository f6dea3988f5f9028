#!/bin/bash
# The store runs full in the middle of a live capture: the guest goes on, no checkpoint appears, and the one that was there is whole.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web10 --memory 128 --load busy --rate 4
vfrt checkpoint create web10
vfrt checkpoint create web10 >"$work/out" 2>&1 &
create=$!
eventually 120 "bytes arrive" bash -c "[ -n \"\$(find '$work/store/incoming' -name pack -size +1M 2>/dev/null)\" ]"
# As good as a full disk for the one process: the largest file it can write from now on.
prlimit --pid "$(vfrt_process checkpoint create web10)" --fsize=$((4 << 20))
status=0; wait $create || status=$?
cat "$work/out"
[ $status -ne 0 ] || fail "it was reported as done"
goes_on web10
memory_is_right web10
vfrt host check
[ "$(vfrt checkpoint list web10 | grep -c web10)" -eq 1 ] || fail "another number of checkpoints than one: $(vfrt checkpoint list)"
vfrt checkpoint verify --all
[ -z "$(ls "$work/store/incoming")" ] || fail "left behind: $(ls "$work/store/incoming")"
xenlab guest query web10 poweroff || true
eventually 60 "libvirt notices the poweroff after all that" libvirt_says xen1 web10 "shut off"
