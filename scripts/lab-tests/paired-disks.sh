#!/bin/bash
# Memory and disks of one instant: a guest writes numbered, checksummed records to an ext4 on its disk, syncs each, and keeps their numbers in
# memory. Checkpoints are taken at random moments; after each restore disk and memory agree record by record, and the file system is clean. The
# same restore over a disk that moved on does not agree, so that this test can fail.
#   VFRT_PAIRS       checkpoints on LVM thin (default 5)
#   VFRT_FILE_PAIRS  checkpoints on files (two fifths as many)
#   VFRT_MEMORY      MiB of memory of the guests (128)
#   VFRT_HOST        where they run (xen1): runs on two hosts go side by side
#   VFRT_BALLOON     MiB that the guests give all but so much of back to Xen: they need 128 to boot, and 80 later; half as long for each pair
#   VFRT_CLEAR=yes   memory comes in clear, past ssh, which an emulated host is slow at
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

host=${VFRT_HOST:-xen1} pairs=${VFRT_PAIRS:-5}
file_pairs=${VFRT_FILE_PAIRS:-$(((pairs * 2 + 4) / 5))}
thin=thin${host#xen} file=file${host#xen}
[ -z "${VFRT_CLEAR:-}" ] || { sed -i '/uri:/a\    capture_address: 10.0.2.2' "$work/vfrt.yaml" && echo 'insecure: true' >>"$work/vfrt.yaml"; }

# pairs_agree GUEST DISK COUNT: some at a time, each restored in its turn; a guest whose disk was looked at boots again for the next.
pairs_agree() {
    local guest=$1 disk=$2 many=$3 done=0 id ids
    start_guest "$guest" --host "$host" --memory "${VFRT_MEMORY:-128}" --disk "$disk,64" --records 25
    deflated "$guest"
    while [ $done -lt "$many" ]; do
        [ $done -eq 0 ] || { on_host "$host" virsh -q -c xen:///system start "$guest" && xenlab wait-guest "$guest" 240 && deflated "$guest"; }
        ids=()
        while [ ${#ids[@]} -lt 5 ] && [ $((done + ${#ids[@]})) -lt "$many" ]; do
            sleep "$(moment 3000000 1 1)"
            vfrt checkpoint create "$guest"
            ids+=("$(newest_id "$guest")")
        done
        goes_on "$guest"
        records_agree "$guest"
        for id in "${ids[@]}"; do restored_pair_agrees "$guest" "$disk" "$id"; done
        done=$((done + ${#ids[@]}))
        say "$guest: $done of $many restored pairs agree"
    done
}

# deflated GUEST: it has given back what it can spare.
deflated() {
    [ -n "${VFRT_BALLOON:-}" ] || return 0
    on_host "$host" virsh -q -c xen:///system setmem "$1" "${VFRT_BALLOON}M" --live
    eventually 60 "$1 has $VFRT_BALLOON MiB" has_memory "$1" "$VFRT_BALLOON"
}
has_memory() { on_host "$host" xl list "$1" | awk -v most="$2" 'NR == 2 { found = $3 } END { exit !(found <= most + 1) }'; }

# restored_pair_agrees GUEST DISK ID
restored_pair_agrees() {
    destroyed "$1"
    vfrt checkpoint restore "$3"
    xenlab wait-guest "$1" 120
    records_agree "$1"
    xenlab guest query "$1" recording 0
    xenlab guest query "$1" unmount
    destroyed "$1"
    disk_is_clean "$host" "$2"
}

destroyed() { on_host "$host" virsh -q -c xen:///system destroy "$1" 2>/dev/null || true; }

newest_record() { xenlab guest query "$1" records | sed -n 's/.*newest=\([0-9]*\).*/\1/p'; }
wrote_up_to() { [ "$(newest_record "$1")" -ge "$2" ]; }

# disagrees_over_another_state GUEST ID: the guest's memory over a disk that it wrote to afterwards. As it goes on writing, it mends what it finds,
# so the disk has to be far ahead.
disagrees_over_another_state() {
    local guest=$1 id=$2 answer
    destroyed "$guest"
    on_host "$host" virsh -q -c xen:///system start "$guest"
    xenlab wait-guest "$guest" 240
    eventually 240 "$guest writes much that the checkpoint knows nothing of" wrote_up_to "$guest" $(($(newest_record "$guest") + 700))
    destroyed "$guest"
    exits 3 vfrt checkpoint restore "$id" --accept-disk-drift "not-$guest"
    vfrt checkpoint restore "$id" --accept-disk-drift "$guest"
    xenlab wait-guest "$guest" 120
    answer=$(xenlab guest query "$guest" records || true)
    case $answer in
        ok*) fail "over a disk that moved on all is right: $answer" ;;
        *) say "over a disk that moved on: $answer" ;;
    esac
}

xenlab disks "$host"
if [ "$pairs" -gt 0 ]; then
    pairs_agree "$thin" "/dev/vg0/$thin" "$pairs"
    vfrt checkpoint show "$thin"
    disagrees_over_another_state "$thin" "$(newest_id "$thin")"
    xenlab guest stop "$thin" --keep
fi
[ "$file_pairs" = 0 ] || pairs_agree "$file" "/srv/images/$file.img" "$file_pairs"

# Nothing of a deleted checkpoint stays on the host.
for guest in "${guests[@]}"; do
    vfrt checkpoint list "$guest" -o json | python3 -c 'import json,sys; print("\n".join(c["id"] for c in json.load(sys.stdin)["checkpoints"]))' \
        | xargs "$tree/scripts/vfrt" --config "$work/vfrt.yaml" checkpoint delete --yes --even-the-last
done
left=$(on_host "$host" '{ lvs --noheadings -o lv_name vg0; ls /srv/images/.vfrt-snapshots; } | grep vfrt-2 || true')
[ -z "$left" ] || fail "snapshots are left: $left"
say "no snapshot is left of the deleted checkpoints"
