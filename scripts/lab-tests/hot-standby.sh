#!/bin/bash
# The hot tier: a busy guest's memory is sent without end, and the last complete epoch is kept. The guest goes on when that is stopped (part 'stopped'), and when whoever receives dies ('killed'), or
# xl ('xl-dies'). When it powers itself off, libvirt is told ('poweroff'). When the plug of its host is pulled, it goes on from that epoch on the other host ('plug').
# A lab that is busy with other things sends slowly: VFRT_RATE says how many MiB per second the guest writes (2), and VFRT_MEMORY how many it has (128).
#   VFRT_PARTS="stopped plug" scripts/lab-tests/hot-standby.sh
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=web9 epochs=$work/epochs
wanted() { [[ " ${VFRT_PARTS:-stopped killed xl-dies poweroff plug} " == *" $1 "* ]]; }
receive() {
    setsid "$tree/scripts/vfrt" standby receive $guest --into "$epochs" --interval 1s --stall 2m --config "$work/vfrt.yaml" >"$work/receive" 2>&1 &
    receiver=$!
}
ends() { status=0; wait "$receiver" || status=$?; sed 's/^/    /' "$work/receive"; }
field() { vfrt standby epochs "$epochs" -o json | python3 -c "import json,sys; print(json.load(sys.stdin)['$1'] or 0)"; }
# Of an earlier stream there may be epochs already.
has_epochs() {
    local streams
    kill -0 "$receiver" 2>/dev/null || { ends; fail "it is not received any more"; }
    streams=("$epochs"/0*)
    [ ${#streams[@]} = 1 ] && [ "$(field epoch)" -ge "$1" ]
}
nothing_left_on_host() { [ -z "$(on_host xen1 'systemctl list-units --all --no-legend "vfrt-hot-*"; ls -d /run/vfrt-hot.* 2>/dev/null')" ]; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
begin() { start_guest $guest --memory "${VFRT_MEMORY:-128}" --load busy --rate "${VFRT_RATE:-2}" --area 16; }

begin
if wanted stopped; then
    say "its memory is sent, epoch after epoch, and it goes on meanwhile"
    receive
    eventually 400 "there are epochs" has_epochs 5
    vfrt standby epochs "$epochs"
    goes_on $guest
    memory_is_right $guest
    say "nothing else is done to it meanwhile, and nobody starts a second one"
    exits 7 vfrt checkpoint create $guest
    exits 7 vfrt standby start "$epochs" --to xen2 --dead xen1
    say "whoever receives is told to end"
    kill -TERM "$(vfrt_process standby receive)"
    ends
    [ $status -eq 0 ] || [ $status -eq 143 ] || fail "it ended with $status"
    goes_on $guest
    memory_is_right $guest
    nothing_left_on_host || fail "something is left on xen1"
    [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
    say "its host answers, so it is not dead, whatever is said"
    exits 3 vfrt standby start "$epochs" --to xen2 --dead xen1
fi

if wanted killed; then
    say "whoever receives dies in the middle of it"
    receive
    eventually 400 "there are epochs" has_epochs 3
    kill -KILL "$(vfrt_process standby receive)"
    ends
    goes_on $guest
    settled
    nothing_left_on_host || fail "something is left on xen1"
    goes_on $guest
    memory_is_right $guest
fi

if wanted xl-dies; then
    say "xl dies in the middle of it"
    receive
    eventually 400 "there are epochs" has_epochs 3
    on_host xen1 'systemctl kill -s KILL "vfrt-hot-*"'
    ends
    goes_on $guest
    memory_is_right $guest
fi

if wanted poweroff; then
    say "the guest powers itself off in the middle of it"
    receive
    eventually 400 "there are epochs" has_epochs 3
    xenlab guest query $guest poweroff || true
    ends
    eventually 60 "libvirt knows that it is off" libvirt_says xen1 $guest "shut off"
    nothing_left_on_host || fail "something is left on xen1"
    begin
fi

wanted plug || exit 0
say "the plug of its host is pulled"
receive
eventually 400 "there are epochs" has_epochs 3
ip=$(on_host xen1 virsh -q -c xen:///system dumpxml $guest | sed -n 's/.*lab\.ip=\([0-9.]*\).*/\1/p' | head -n 1)
before=$(field epoch) began=$(now_ms)
on_host xen2 "systemd-run --quiet --unit=probe vfrt-probe $ip 7778 20 until-killed --log /run/probe.log"
eventually 120 "there are more epochs" has_epochs $((before + 3))
spacing=$((($(now_ms) - began) / ($(field epoch) - before)))
xenlab power off xen1
kill -KILL "$(vfrt_process standby receive)"
ends
vfrt standby epochs "$epochs"
started=$(now_ms)
vfrt standby start "$epochs" --to xen2 --dead xen1
returned=$(now_ms)
goes_on $guest
memory_is_right $guest
on_host xen2 "systemctl stop probe; cat /run/probe.log" >"$work/probe"
# Each line: time, counter. The counter goes back once, at the death, to what it was in an epoch.
python3 - "$work/probe" "$((returned - started))" "$spacing" <<'PROOF'
import sys
rows = [line.split() for line in open(sys.argv[1]) if line.strip()]
rto, spacing = int(sys.argv[2]), int(sys.argv[3])
counts = [int(row[1]) for row in rows]
times = [float(row[0]) for row in rows]
back = [i for i in range(1, len(counts)) if counts[i] < counts[i - 1]]
assert len(back) <= 1, "the counter went back more than once: %s" % [(counts[i - 1], counts[i]) for i in back]
longest = max(range(1, len(times)), key=lambda i: times[i] - times[i - 1])
at = back[0] if back else longest
lost = max(0, counts[at - 1] - counts[at]) * 100
print("last answer before: %d; first after: %d; silence of %.1f s" % (counts[at - 1], counts[at], times[at] - times[at - 1]))
print("RESULT rto_ms=%d lost_ms=%d spacing_ms=%d rpo_hot_epochs=%.1f rpo_hot_epochs_as_asked=%.1f" % (rto, lost, spacing, lost / max(spacing, 1000), lost / 1000))
assert lost <= 3 * max(spacing, 1000), "more than three epochs were lost"
PROOF
say "beside it: libvirt's own restore of the same guest, from a file in the page cache"
on_host xen2 "virsh -q -c xen:///system save $guest /root/saved && cat /root/saved >/dev/null && TIMEFORMAT=%R && time virsh -q -c xen:///system restore /root/saved && rm /root/saved"
goes_on $guest
xenlab power on xen1
eventually 60 "the dead host's copy is not running" libvirt_says xen1 $guest "shut off"
