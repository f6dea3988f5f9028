#!/bin/bash
# Checkpoints whose store holds what is on the disks: the second one reads what changed; where nothing of a disk is left, or never was, on the other
# host, the guest comes back with memory and disk that agree record by record.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

# read_kib FILE: how much was read of the snapshot.
read_kib() { sed -n "s/.*disk 'xvda': \([0-9]*\) KiB of .*/\1/p" "$1"; }

# comes_back_from_the_store GUEST DISK PATTERN: PATTERN is how what belongs to the disk is named.
comes_back_from_the_store() {
    local guest=$1 disk=$2 pattern=$3 first second one other
    start_guest "$guest" --memory 128 --disk "$disk,64" --records 10
    vfrt checkpoint create "$guest" --disks content 2>"$work/first"
    first=$(newest_id "$guest")
    vfrt checkpoint create "$guest" --disks content 2>"$work/second"
    second=$(newest_id "$guest")
    one=$(read_kib "$work/first") other=$(read_kib "$work/second")
    say "$guest: $one KiB were read, then $other KiB"
    [ "$other" -gt 0 ] && [ "$other" -lt "$one" ] && [ "$other" -lt $((64 * 1024 / 4)) ] || fail "what did not change was read again"
    [ "$(snapshots xen1 "$pattern" | wc -l)" = 1 ] || fail "other snapshots than that of the newest one are left: $(snapshots xen1 "$pattern")"
    vfrt checkpoint verify "$first" "$second"
    xenlab guest stop "$guest"
    if [ "$guest" = thin1 ]; then not_where_blocks_are_not_zeroed "$first"; fi
    for id in "$first" "$second"; do
        vfrt checkpoint restore "$id" --to xen2
        xenlab wait-guest "$guest" 120
        records_agree "$guest"
        xenlab guest query "$guest" recording 0
        xenlab guest query "$guest" unmount
        on_host xen2 virsh -q -c xen:///system destroy "$guest"
        disk_is_clean xen2 "$disk"
        [ "$(snapshots xen2 "$pattern" | grep -c brought)" = 0 ] || fail "what was made for the restore is left"
    done
    say "$guest: both came back on a host that had nothing of the disk"
    xenlab guest stop "$guest"
    # The disk itself, and with it what the second restore replaced and kept.
    vfrt checkpoint delete --yes --even-the-last "$first" "$second"
}

# Only what is not zero is written: the rest would be what somebody else had there.
not_where_blocks_are_not_zeroed() {
    on_host xen2 'lvchange -q -Zn vg0/pool >/dev/null 2>&1'
    exits 3 vfrt checkpoint restore "$1" --to xen2 2>"$work/refusal"
    grep -q "does not zero its blocks" "$work/refusal" || fail "the refusal says: $(cat "$work/refusal")"
    on_host xen2 'lvchange -q -Zy vg0/pool >/dev/null 2>&1'
}

# reads_all_of_another_pools_volume: contents are built on what is known of the same disk only. The name is the same, and the volume another one.
reads_all_of_another_pools_volume() {
    local one other
    start_guest moved1 --memory 128 --disk /dev/vg0/moved1,64 --records 10
    vfrt checkpoint create moved1 --disks content 2>"$work/first"
    xenlab guest query moved1 recording 0
    on_host xen1 "virsh -q -c xen:///system destroy moved1 && lvrename -q vg0 moved1 moved0 && lvcreate -q -q -y --type thin-pool -L 200m -c 64k -Zy --poolmetadatasize 4m -n pool2 vg0 \
        && lvcreate -q -q -y -V 64m --thinpool pool2 -n moved1 vg0 && dd if=/dev/vg0/moved0 of=/dev/vg0/moved1 bs=1M conv=fsync status=none && virsh -q -c xen:///system start moved1" >/dev/null
    xenlab wait-guest moved1 240
    vfrt checkpoint create moved1 --disks content 2>"$work/second"
    one=$(read_kib "$work/first") other=$(read_kib "$work/second")
    say "moved1: $one KiB were read, and of its volume in another pool $other KiB"
    [ "$other" -eq "$one" ] || fail "it was taken for the same volume"
    on_host xen1 'virsh -q -c xen:///system destroy moved1'
    vfrt checkpoint restore "$(newest_id moved1)"
    xenlab wait-guest moved1 120
    records_agree moved1
    vfrt checkpoint list moved1 -o json | python3 -c 'import json,sys; print("\n".join(c["id"] for c in json.load(sys.stdin)["checkpoints"]))' \
        | xargs "$tree/scripts/vfrt" --config "$work/vfrt.yaml" checkpoint delete --yes --even-the-last
    xenlab guest stop moved1
    on_host xen1 'lvremove -q -q -y vg0/moved0 vg0/pool2' >/dev/null
}

snapshots() { on_host "$1" "{ lvs --noheadings -o lv_name vg0; ls /srv/images/.vfrt-snapshots; } 2>/dev/null | grep '$2.*vfrt-' || true"; }

xenlab disks xen1
xenlab disks xen2
comes_back_from_the_store thin1 /dev/vg0/thin1 thin1
comes_back_from_the_store file1 /srv/images/file1.img file1
reads_all_of_another_pools_volume
