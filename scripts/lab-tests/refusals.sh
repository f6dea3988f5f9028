#!/bin/bash
# What vfrt refuses it refuses before anything is touched, with the exit code and the reason that the handbook gives.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web5 --memory 128
on_host xen1 virsh -q -c xen:///system suspend web5
exits 3 vfrt checkpoint create web5 2>"$work/err"
grep -q paused "$work/err" || fail "no word of 'paused': $(cat "$work/err")"
on_host xen1 virsh -q -c xen:///system resume web5
goes_on web5
say "paused past libvirt, which says that it runs"
on_host xen1 xl pause web5
exits 3 vfrt checkpoint create web5 2>"$work/err"
grep -q 'xl unpause web5' "$work/err" || fail "no word of 'xl unpause': $(cat "$work/err")"
exits 3 vfrt migrate guest web5 --to xen2 2>"$work/err"
grep -q 'xl unpause web5' "$work/err" || fail "no word of 'xl unpause': $(cat "$work/err")"
on_host xen1 xl unpause web5
goes_on web5
exits 3 vfrt checkpoint create web5 --max-pause 1ms
exits 4 vfrt checkpoint create nosuchguest
exits 4 vfrt checkpoint restore nosuchguest

vfrt checkpoint create web5 >"$work/first" &
eventually 60 "the first one holds the guest" bash -c "ls '$work'/state/journal/* >/dev/null 2>&1"
exits 7 vfrt checkpoint create web5
wait
exits 3 vfrt checkpoint restore web5
on_host xen1 virsh -q -c xen:///system destroy web5

say "a host that does not answer may still run the guest"
xenlab power off xen2
exits 3 vfrt checkpoint restore web5 2>"$work/err"
grep -q "xen2" "$work/err" || fail "no word of 'xen2': $(cat "$work/err")"
xenlab power on xen2
vfrt checkpoint restore web5
goes_on web5
