#!/bin/bash
# A guest whose disk is a qcow2 image, of which QEMU keeps parts in its memory: checkpoints of it at random moments; each snapshot is an image without a
# fault, and after each restore disk and memory agree record by record.
#   VFRT_PAIRS  checkpoints (default 5)
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

pairs=${VFRT_PAIRS:-5}
disk=/srv/images/image1.qcow2

destroyed() { on_host xen1 virsh -q -c xen:///system destroy "$1" 2>/dev/null || true; }

# is_whole PATH: nothing is wrong with an image, and nothing in it is nobody's.
is_whole() {
    on_host xen1 "qemu-img check '$1'" >"$work/check" 2>&1 || fail "image $1: $(cat "$work/check")"
    say "image $1: $(head -n 1 "$work/check")"
}

xenlab disks xen1
on_host xen1 "rm -f $disk"
start_guest image1 --memory 128 --disk "$disk,64" --records 25
ids=()
while [ ${#ids[@]} -lt "$pairs" ]; do
    sleep "$(moment 3000000 1 1)"
    vfrt checkpoint create image1
    ids+=("$(newest_id image1)")
done
goes_on image1
records_agree image1
vfrt checkpoint show image1
for id in "${ids[@]}"; do
    is_whole "$(on_host xen1 "ls /srv/images/.vfrt-snapshots/image1.qcow2.vfrt-$id.*")"
    destroyed image1
    vfrt checkpoint restore "$id"
    xenlab wait-guest image1 120
    records_agree image1
    xenlab guest query image1 recording 0
    xenlab guest query image1 unmount
    destroyed image1
    is_whole $disk
    on_host xen1 "qemu-img convert -O raw $disk /srv/images/image1.raw"
    disk_is_clean xen1 /srv/images/image1.raw
    on_host xen1 "rm /srv/images/image1.raw"
done

# An image whose state is not in it alone is refused.
on_host xen1 "qemu-img create -q -f qcow2 -F qcow2 -b $disk /srv/images/image2.qcow2"
start_guest image2 --memory 128 --disk /srv/images/image2.qcow2
exits 3 vfrt checkpoint create image2 2>"$work/refusal"
grep -q 'backing file' "$work/refusal" || fail "the refusal says: $(cat "$work/refusal")"
vfrt checkpoint delete --yes --even-the-last "${ids[@]}"
[ -z "$(on_host xen1 'ls /srv/images/.vfrt-snapshots | grep image1 | grep -v kept || true')" ] || fail "snapshots are left"
