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

snapshots() { on_host "$1" "{ lvs --noheadings -o lv_name vg0; ls /srv/images/.vfrt-snapshots; } 2>/dev/null | grep '$2.*vfrt-' || true"; }

xenlab disks xen1
xenlab disks xen2
comes_back_from_the_store thin1 /dev/vg0/thin1 thin1
comes_back_from_the_store file1 /srv/images/file1.img file1
