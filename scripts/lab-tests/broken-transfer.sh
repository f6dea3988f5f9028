#!/bin/bash
# The data connection breaks: in the first pass over memory, which hurts nobody, and in the last copy round, where libvirt alone
# would leave the guest suspended for ever (bug C). The guest goes on both times, and no checkpoint appears.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web3 --memory 128 --load busy --rate 4
domid=$(on_host xen1 xl domid web3)

say "the receiver is killed in the first pass"
vfrt checkpoint create web3 >"$work/first" 2>&1 &
create=$!
eventually 120 "bytes arrive" bash -c "[ \"\$(du -s --block-size=1M '$work/store/incoming' 2>/dev/null | cut -f1 | grep . || echo 0)\" -ge 4 ]"
pkill -KILL -P "$(vfrt_process checkpoint create web3)" -f org.vfrt.xen.endpoint.Receiver
status=0; wait $create || status=$?
[ $status -ne 0 ] || fail "a checkpoint of a broken transfer was reported as done"
cat "$work/first"
goes_on web3

say "the host's side of the connection is reset in the last copy round"
# On the host, because only there is the moment seen at once: xl shows 'ss' from the suspend on.
feed_host xen1 'cat >/tmp/cut' <<'CUT'
deadline=$((SECONDS + 300))
while [ $SECONDS -lt $deadline ]; do
    case $(xl list "$1" 2>/dev/null | awk 'NR == 2 { print $(NF - 1) }') in
        ???s*) ss -K -t state established "( dst 127.0.0.1 and dport >= :1024 )" >/dev/null; echo cut; exit ;;
    esac
    # The host has one CPU, and the capture needs it.
    sleep 0.1
done
CUT
feed_host xen1 bash /tmp/cut "$domid" >"$work/cut" &
cut=$!
status=0; vfrt checkpoint create web3 >"$work/last" 2>&1 || status=$?
cat "$work/last"
wait $cut || true
[ "$(cat "$work/cut")" = cut ] || fail "the connection was never cut"
# The cut may come after the last byte; then the checkpoint is whole. Either way the guest runs, and the answer is true.
if [ $status -eq 0 ]; then vfrt checkpoint verify --all; fi
goes_on web3
memory_is_right web3
eventually 30 "libvirt has no job open on the guest" bash -c "'$tree/scripts/xenlab' ssh xen1 virsh -q -c xen:///system domjobinfo web3 | grep -q 'None'"
xenlab guest query web3 poweroff || true
eventually 60 "libvirt notices the poweroff after all that" libvirt_says xen1 web3 "shut off"
