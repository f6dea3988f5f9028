#!/bin/bash
# A disk that both hosts see: it is known to be the same on both, a guest on it migrates, and comes back over it on either host; another disk of the same
# path is not taken for it. A thin pool on it is used on one host at a time.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

lun=/dev/disk/by-id/virtio-vfrt-lab-lun
refused_with() { grep -q "$1" "$work/refusal" || fail "the refusal says: $(cat "$work/refusal")"; }
destroyed() { on_host "$1" virsh -q -c xen:///system destroy "$2"; }

drop_group() {
    on_host xen1 'vgchange -q -an lun >/dev/null 2>&1; vgremove -q -q -y -f lun >/dev/null 2>&1; wipefs -qa /dev/vdd; blockdev --flushbufs /dev/vdd' || true
    on_host xen2 'vgchange -q -an lun >/dev/null 2>&1; blockdev --flushbufs /dev/vdd; pvscan -q --cache >/dev/null 2>&1' || true
}
trap 'drop_group; cleanup' EXIT

drop_group
xenlab disks xen1
xenlab disks xen2
start_guest lun1 --memory 128 --disk $lun --format --records 10
exits 3 vfrt checkpoint create lun1 2>"$work/refusal"
refused_with 'a whole device'
vfrt checkpoint create lun1 --disks none
id=$(newest_id lun1)
vfrt checkpoint show "$id" -o json | grep -q 'disk:[^" ]*/vfrt-lab-lun:' || fail "the checkpoint does not say which disk it is"
vfrt migrate guest lun1 --to xen2
records_agree lun1
destroyed xen2 lun1
# Anew over the disk as it is, on the host that it was not taken on.
vfrt checkpoint restore "$id" --to xen2 --cold current
xenlab wait-guest lun1 240
records_agree lun1
xenlab guest stop lun1

# The same path on both hosts, and two disks.
on_host xen2 'lvcreate -q -q -y -V 64m --thinpool pool -n own1 vg0 >/dev/null'
start_guest own1 --memory 128 --disk /dev/vg0/own1 --records 10
vfrt checkpoint create own1
id=$(newest_id own1)
destroyed xen1 own1
exits 3 vfrt checkpoint restore "$id" --to xen2 --cold current 2>"$work/refusal"
refused_with 'cannot be told'
exits 3 vfrt checkpoint restore "$id" --to xen2 2>"$work/refusal"
vfrt checkpoint restore "$id" --to xen1 --cold current --dry-run
xenlab guest stop own1

# A thin pool on the shared disk.
on_host xen1 "wipefs -qa $lun && vgcreate -q -q lun $lun && lvcreate -q -q -y --type thin-pool -L 300m -c 64k -Zn --poolmetadatasize 4m -n pool lun >/dev/null \
    && lvcreate -q -q -y -V 64m --thinpool pool -n thin1 lun >/dev/null"
start_guest thin1 --memory 128 --disk /dev/lun/thin1 --format --records 10
vfrt checkpoint create thin1
id=$(newest_id thin1)
vfrt checkpoint show "$id"
destroyed xen1 thin1
on_host xen2 'blockdev --flushbufs /dev/vdd; pvscan -q --cache >/dev/null 2>&1; vgs lun' || true
exits 3 vfrt checkpoint restore "$id" --to xen2 2>"$work/refusal"
refused_with 'in use on host .xen1'
on_host xen1 'vgchange -q -an lun >/dev/null; blockdev --flushbufs /dev/vdd'
vfrt checkpoint restore "$id" --to xen2
xenlab wait-guest thin1 120
records_agree thin1
exits 3 vfrt checkpoint restore "$id" --to xen1 --as thin2 2>"$work/refusal"
refused_with 'in use on host .xen2'
destroyed xen2 thin1
vfrt checkpoint delete --yes --even-the-last "$id"
