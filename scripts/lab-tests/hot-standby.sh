#!/bin/bash
# The hot tier: a busy guest is protected, 'standby run' has its memory sent without end, and keeps the last complete epoch. Its receiver dies, and another takes it up again (part 'killed'). Nobody takes
# what its host sends, or the network between the two fails, and the guest goes on ('cut'). It is moved live, and received from there ('moved'). The plug of its host is pulled, and a failover with evidence of
# the fence device brings it back from that epoch on the other host, once ('plug').
# A lab that is busy with other things sends slowly: VFRT_RATE says how many MiB per second the guest writes (1), VFRT_MEMORY how many it has (128), and VFRT_INTERVAL how often (1s). Needs 'xenlab up 2 --bmc'.
#   VFRT_PARTS="killed plug" scripts/lab-tests/hot-standby.sh
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=web9 epochs=''
wanted() { [[ " ${VFRT_PARTS:-refused killed cut moved plug} " == *" $1 "* ]]; }
status() { vfrt standby status "$guest" -o json 2>/dev/null | python3 -c "import json,sys; print(json.load(sys.stdin)['guests'][0]['$1'])"; }
run() {
    setsid "$tree/scripts/vfrt" standby run --config "$work/vfrt.yaml" >>"$work/run" 2>&1 &
    runner=$!
}
ends() { wait "$runner" || true; sed 's/^/    /' "$work/run"; : >"$work/run"; }
epoch() { vfrt standby epochs "$epochs" -o json | python3 -c "import json,sys; print(json.load(sys.stdin)['$1'] or 0)"; }
# Of an earlier stream there may be epochs already.
has_epochs() {
    local streams
    kill -0 "$runner" 2>/dev/null || { ends; fail "'standby run' has ended"; }
    streams=("$epochs"/0*)
    [ ${#streams[@]} = 1 ] && [ "$(epoch epoch)" -ge "$1" ]
}
sends() { on_host "$1" "systemctl is-active --quiet 'vfrt-hot-*'"; }
sends_not() { ! sends "$1"; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }
uuid() { on_host xen1 virsh -q -c xen:///system domuuid $guest | head -n 1; }
begin() { start_guest $guest --memory "${VFRT_MEMORY:-128}" --load busy --rate "${VFRT_RATE:-1}" --area 16; }

for host in $(lab_hosts); do on_host "$host" 'rm -rf /var/lib/vfrt /run/vfrt; systemctl stop "vfrt-hot-*" 2>/dev/null; true'; done
for host in $(lab_hosts); do vfrt host setup "$host"; vfrt standby rejoin "$host"; done
begin
epochs=$work/state/epochs/$(uuid)

if wanted refused; then
    say "what is in the way is said before anything is touched"
    printf 'standby:\n  epochs: /dev/full/vfrt\n' | cat "$work/vfrt.yaml" - >"$work/full.yaml"
    exits 3 "$tree/scripts/vfrt" standby protect $guest --on xen2 --tier hot --config "$work/full.yaml"
    exits 4 vfrt standby status $guest
fi

vfrt standby protect $guest --on xen2 --tier hot --interval "${VFRT_INTERVAL:-1s}"
exits 5 vfrt standby status $guest
run
eventually 600 "there are epochs" has_epochs 4
vfrt standby status || true
goes_on $guest
memory_is_right $guest

if wanted killed; then
    say "'standby run' dies in the middle of it, and another one takes it up again"
    kill -KILL "$(vfrt_process standby run)"
    ends
    goes_on $guest
    [ -n "$(ls "$work/state/journal")" ] || fail "nothing is in the journal"
    run
    eventually 600 "there are epochs of another stream" has_epochs 3
    [ "$(find "$work/state/journal" -type f | wc -l)" = 1 ] || fail "in the journal: $(ls "$work/state/journal")"
    say "xl dies in the middle of it, and it is begun anew"
    on_host xen1 'systemctl kill -s KILL "vfrt-hot-*"'
    eventually 120 "it is noticed" grep -q "is not received any more" "$work/run"
    eventually 600 "there are epochs of a third stream" has_epochs 3
    goes_on $guest
    memory_is_right $guest
fi

if wanted cut; then
    say "the network to where the epochs are kept is cut for 40 s"
    cable=$(cat "$HOME/.cache/vfrt/xenlab/run${VFRT_XENLAB:-1}/xen1/work.pid")
    ip=$(on_host xen1 virsh -q -c xen:///system dumpxml $guest | sed -n 's/.*lab\.ip=\([0-9.]*\).*/\1/p' | head -n 1)
    on_host xen2 "systemctl reset-failed probe 2>/dev/null; systemd-run --quiet --unit=probe vfrt-probe $ip 7778 20 until-killed --log /run/probe.log"
    kill -STOP "$cable"
    sleep 40
    kill -CONT "$cable"
    on_host xen2 "systemctl stop probe; cat /run/probe.log" >"$work/probe"
    python3 - "$work/probe" <<'PROOF'
import sys
rows = [line.split() for line in open(sys.argv[1]) if line.strip()]
times, counts = [float(row[0]) for row in rows], [int(row[1]) for row in rows]
longest = max(b - a for a, b in zip(times, times[1:]))
print("RESULT cut: the guest counted from %d to %d in %.0f s; its longest silence was %.1f s" % (counts[0], counts[-1], times[-1] - times[0], longest))
assert counts[-1] > counts[0] and all(b >= a for a, b in zip(counts, counts[1:]))
assert longest < 30, "the guest stood still"
PROOF
    eventually 900 "there are epochs again" has_epochs 3
    goes_on $guest
    memory_is_right $guest
fi

if wanted moved; then
    say "it is moved live, and received from its new host"
    vfrt standby failover --planned $guest --to xen2
    eventually 120 "xen1 sends nothing any more" sends_not xen1
    eventually 900 "xen2 sends it" sends xen2
    goes_on $guest
    vfrt standby failback $guest
    eventually 120 "xen2 sends nothing any more" sends_not xen2
    eventually 900 "xen1 sends it" sends xen1
    memory_is_right $guest
fi

if wanted plug; then
    say "the plug of its host is pulled"
    eventually 900 "there are epochs" has_epochs 3
    ip=$(on_host xen1 virsh -q -c xen:///system dumpxml $guest | sed -n 's/.*lab\.ip=\([0-9.]*\).*/\1/p' | head -n 1)
    before=$(epoch epoch) began=$(now_ms) number=$(status epoch)
    on_host xen2 "systemctl reset-failed probe 2>/dev/null; rm -f /run/probe.log; systemd-run --quiet --unit=probe vfrt-probe $ip 7778 20 until-killed --log /run/probe.log"
    eventually 300 "there are more epochs" has_epochs $((before + 3))
    spacing=$((($(now_ms) - began) / ($(epoch epoch) - before)))
    xenlab power off xen1
    started=$(now_ms)
    exits 0 vfrt standby failover --host xen1 --alert-id night-1 2>&1 | tee "$work/failover"
    returned=$(now_ms)
    grep -q "comes back on host 'xen2' in the form 'epoch', and loses at most" "$work/failover" || fail "what is lost was not said before"
    xenlab wait-guest $guest 180
    goes_on $guest
    memory_is_right $guest
    vfrt standby status || true
    [ "$(status host)" = xen2 ] && [ "$(status epoch)" = $((number + 1)) ] || fail "$guest is on '$(status host)' with epoch '$(status epoch)'"
    [ "$(status last | python3 -c 'import ast,sys; print(ast.literal_eval(sys.stdin.read())["form"])')" = epoch ] || fail "it did not come back from its epoch"
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
print("RESULT failover_ms=%d lost_ms=%d spacing_ms=%d rpo_hot_epochs=%.1f" % (rto, lost, spacing, lost / max(spacing, 1000)))
assert lost <= 3 * max(spacing, 1000), "more than three epochs were lost"
PROOF
    say "the dead host comes back, does not start it, rejoins, and the guest is received from where it is"
    xenlab power on xen1
    eventually 600 "xen1 answers" on_host xen1 true
    ! on_host xen1 virsh -q -c xen:///system start $guest 2>/dev/null || fail "xen1 started $guest, which runs on xen2"
    vfrt standby rejoin xen1
    eventually 900 "xen2 sends it" sends xen2
    eventually 900 "there are epochs of it" has_epochs 2
fi

say "it is protected no longer, and nothing of it is sent or kept"
vfrt standby unprotect $guest
for host in $(lab_hosts); do eventually 120 "$host sends nothing" sends_not "$host"; done
eventually 60 "its epochs are removed" bash -c "[ -z \"\$(ls -d '$epochs'/0* 2>/dev/null)\" ]"
kill -TERM "$(vfrt_process standby run)"
ends
goes_on $guest
[ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
