#!/bin/bash
# The link is cut, and then the target host dies, in the middle of a live migration: the guest runs on where it was. What the target kept of it is
# taken away. What virsh leaves behind is found and repaired.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest nomad --memory 256 --load busy --rate 1

# in_the_middle_of MIB: once the source has sent that much, as its network card counts.
sent_mib() { on_host xen1 'cat /sys/class/net/eth0/statistics/tx_bytes /sys/class/net/eth1/statistics/tx_bytes' | awk '{ s += $1 } END { print int(s / 1048576) }'; }
in_the_middle_of() {
    local before deadline=$((SECONDS + 180))
    before=$(sent_mib)
    until [ $(($(sent_mib) - before)) -ge "$1" ]; do
        [ $SECONDS -lt $deadline ] || fail "nothing is sent"
        sleep 0.5
    done
}

# did_not_work PID: the vfrt that migrates says so.
did_not_work() {
    local status=0
    wait "$1" || status=$?
    cat "$work/out"
    [ $status -ne 0 ] || fail "it says that it worked"
}
is_none_the_worse() {
    goes_on nomad
    memory_is_right nomad
}

say "the link is cut in the middle"
# Through ssh the memory goes another way in the lab.
in_clear "$work/clear.yaml"
"$tree/scripts/vfrt" migrate guest nomad --to xen2 --config "$work/clear.yaml" >"$work/out" 2>&1 &
pid=$!
in_the_middle_of 60
xenlab link down xen2
did_not_work $pid
is_none_the_worse
xenlab link up xen2
settled
vfrt migrate repair nomad
is_only_on xen1 nomad

say "the target's libvirtd dies in the middle"
vfrt migrate guest nomad --to xen2 >"$work/out" 2>&1 &
pid=$!
in_the_middle_of 60
on_host xen2 'systemctl kill -s KILL libvirtd libvirtd; pkill -KILL -f "[l]ibxl-save-helper"; true'
did_not_work $pid
settled
is_none_the_worse
is_only_on xen1 nomad

say "the target's power is cut in the middle"
vfrt migrate guest nomad --to xen2 >"$work/out" 2>&1 &
pid=$!
in_the_middle_of 60
xenlab power off xen2
did_not_work $pid
is_none_the_worse
libvirt_says xen1 nomad running || fail "libvirt on xen1 does not say that it runs"
xenlab power on xen2
vfrt migrate repair nomad
is_only_on xen1 nomad
say "and then it can be migrated"
vfrt migrate guest nomad --to xen2
is_none_the_worse
is_only_on xen2 nomad

say "virsh leaves its definition on both hosts"
on_host xen2 'virsh -q -c xen:///system dumpxml nomad' >"$work/nomad.xml"
feed_host xen1 'cat >/tmp/nomad.xml && virsh -q -c xen:///system define /tmp/nomad.xml' <"$work/nomad.xml"
says 'undefine on xen1' vfrt migrate repair
vfrt migrate repair nomad --apply
is_only_on xen2 nomad

say "Xen suspends it and nobody resumes it (as bugs C and D leave it)"
on_host xen2 'virsh -q -c xen:///system dompmsuspend nomad mem'
says 'wake on xen2' vfrt migrate repair nomad
vfrt migrate repair nomad --apply
is_none_the_worse
