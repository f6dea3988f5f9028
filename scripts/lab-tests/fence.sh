#!/bin/bash
# A host's power is taken away and given again by a real fence agent and a real management controller, which vfrt checks; a wrong password and a controller that is dead are told
# from a host that is off.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

grep -q 'agent: ipmilan' "$work/vfrt.yaml" || fail "the hosts have no management controllers: boot them with 'xenlab up --bmc'"
port() { sed -n "/^  $1:/,/^  [a-z]/s/.*ipport: \([0-9]*\).*/\1/p" "$work/vfrt.yaml"; }
password=$(sed -n 's/ *password_file: //p' "$work/vfrt.yaml" | head -n 1)

# agent HOST ACTION: as vfrt speaks with it.
agent() {
    printf 'action=%s\nip=127.0.0.1\nipport=%s\nusername=fencer\npassword=%s\nlanplus=1\ncipher=3\npower_wait=1\n' "$2" "$(port "$1")" "$(cat "$password")" \
        | PYTHONWARNINGS=ignore fence_ipmilan
}
power() { vfrt standby fence check "$1" -o json | sed -n 's/.*"power" *: *"\(.*\)".*/\1/p'; }
has_power() { [ "$(power "$1")" = "$2" ]; }

say "every controller answers"
vfrt standby fence check
has_power xen2 on || fail "xen2 is said to be $(power xen2)"

say "xen2 is fenced"
agent xen2 off
exits 2 agent xen2 status
has_power xen2 off || fail "xen2 is said to be $(power xen2)"
! xenlab ssh xen2 true 2>/dev/null || fail "xen2 answers, although it is off"
exits 0 vfrt standby fence check xen2
has_power xen1 on || fail "xen1 went with it"
say "off again, which counts"
agent xen2 off
exits 2 agent xen2 status

say "xen2 gets its power back"
agent xen2 on
has_power xen2 on || fail "xen2 is said to be $(power xen2)"
xenlab power on xen2
on_host xen2 virsh -q -c xen:///system list

say "a wrong password is said, and is not the word of anybody"
(umask 077 && echo wrong >"$work/password")
sed "s#password_file: .*#password_file: $work/password#" "$work/vfrt.yaml" >"$work/wrong.yaml"
exits 1 "$tree/scripts/vfrt" standby fence check xen2 --config "$work/wrong.yaml"
chmod 644 "$work/password"
! "$tree/scripts/vfrt" standby fence check xen2 --config "$work/wrong.yaml" >"$work/said" 2>&1 && grep -q "others than its owner" "$work/said" \
    || fail "a password that others can read is used: $(cat "$work/said")"

say "the controller of xen2 is dead"
xenlab bmc off xen2
exits 5 vfrt standby fence check
! has_power xen2 off || fail "a dead controller counts as power that is off"
xenlab bmc on xen2
eventually 60 "it answers again" has_power xen2 on
