#!/bin/bash
# A guest powers off by itself in the middle of its capture. libxl's suspend comes too late for it and uses libvirt's watch up (bug E): the
# guest must not be left as a domain that nobody takes away, and that libvirt takes for running.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web16 --memory 128 --load busy --rate 4
vfrt checkpoint create web16 >"$work/out" 2>&1 &
create=$!
eventually 120 "bytes arrive" bash -c "[ -n \"\$(find '$work/store/incoming' -name pack -size +1M 2>/dev/null)\" ]"
xenlab guest query web16 poweroff || true
status=0; wait $create || status=$?
cat "$work/out"
[ $status -ne 0 ] || fail "a checkpoint of a guest that ended is reported as done"
grep -q "web16" "$work/out" || fail "it does not say which guest"
vfrt host check
eventually 60 "libvirt knows that it is off" libvirt_says xen1 web16 "shut off"
gone_from_xen() { ! on_host xen1 xl list | grep -qw web16; }
eventually 60 "xen does not know the guest any more" gone_from_xen
[ -z "$(on_host xen1 'ls -d /run/vfrt.* 2>/dev/null')" ] || fail "left on the host: $(on_host xen1 'ls -d /run/vfrt.*')"
[ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
