#!/bin/bash
# Single files out of a checkpoint's disks: of a live ext4 on a thin volume, and of a partition in a file; what is in the way is said; and nothing is left on the
# host when vfrt is killed, falls silent, or the program there is killed.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

newest_record() { xenlab guest query "$1" records | sed -n 's/.*newest=\([0-9]*\).*/\1/p'; }

# The newest record in a ring that was brought here: each slot begins with its record's number.
newest_in() {
    python3 - "$1" <<'PYTHON'
import struct, sys
with open(sys.argv[1], "rb") as ring:
    print(max(struct.unpack("<Q", slot[:8])[0] for slot in iter(lambda: ring.read(4096), b"")))
PYTHON
}

# Volumes, mounts, loop devices of files and places of work that reading leaves; also of mounts that only the program there can see.
left_on_host() {
    on_host xen1 'lvs --noheadings -o lv_name vg0 | grep vfrt-kept; losetup --noheadings -O BACK-FILE | grep -E "vfrt-kept|vg0-.*kept|/dm-"
        grep -l vfrt-files /proc/[0-9]*/mounts 2>/dev/null; ls -d /run/vfrt-files.????????; ls /srv/images/.vfrt-snapshots | grep kept' 2>/dev/null || true
}
nothing_left() { [ -z "$(left_on_host)" ]; }

# begun DIRECTORY: files come.
begun() { [ -n "$(find "$work" -path "*/.$1.part*/big" -size +1M 2>/dev/null)" ]; }

# in_the_middle NAME: a reading that goes on in the background.
in_the_middle() {
    setsid "$tree/scripts/vfrt" checkpoint restore --files-from "$id" --disk xvdc --extract /big --into "$work/$1" --config "$work/vfrt.yaml" >"$work/out" 2>"$work/err" &
    reading=$!
    eventually 60 "files come" begun "$1"
}

xenlab disks xen1
feed_host xen1 bash -s <<'SCRIPT'
set -euo pipefail
truncate -s 64M /srv/images/parts.img
python3 - <<'PYTHON'
import struct
table = bytearray(512)
for i, (kind, start, sectors) in enumerate([(0x83, 2048, 65536), (0x82, 67584, 16384)]):
    struct.pack_into("<B3sB3sII", table, 446 + 16 * i, 0, b"", kind, b"", start, sectors)
table[510:] = b"\x55\xaa"
with open("/srv/images/parts.img", "r+b") as disk:
    disk.write(table)
PYTHON
loop=$(losetup -f --show -o 1048576 --sizelimit 33554432 /srv/images/parts.img)
mke2fs -q -t ext4 "$loop"
mount "$loop" /mnt
mkdir -p /mnt/etc /mnt/usr/share /mnt/dev
echo "of the guest" >/mnt/etc/hostname
ln -s ../../../../../etc /mnt/up
ln -s /etc/shadow /mnt/etc/outside
mknod /mnt/dev/mem c 1 1
chown 1234:4321 /mnt/etc/hostname
umount /mnt
losetup -d "$loop"
loop=$(losetup -f --show -o 34603008 --sizelimit 8388608 /srv/images/parts.img)
mkswap "$loop" >/dev/null
losetup -d "$loop"
lvcreate -q -q -y -V 400m --thinpool pool -n big vg0 >/dev/null
mke2fs -q -t ext4 -E nodiscard /dev/vg0/big
mount /dev/vg0/big /mnt
head -c 150M /dev/urandom >/mnt/big
umount /mnt
SCRIPT
start_guest web1 --memory 128 --disk /dev/vg0/web1,64 --disk /srv/images/parts.img,64 --disk /dev/vg0/big,400 --records 10
before=$(newest_record web1)
vfrt checkpoint create web1
after=$(newest_record web1)
id=$(newest_id web1)

# A live file system, whose journal is replayed.
vfrt checkpoint restore --files-from "$id" --disk xvda --extract /ring --extract /churn --into "$work/live"
newest=$(newest_in "$work/live/ring")
say "the newest record in the file is $newest; it was $before before the checkpoint, and $after after it"
[ "$newest" -ge "$before" ] && [ "$newest" -le "$after" ] || fail "record $newest is not of that time"
[ -d "$work/live/churn" ] || fail "the directory is missing"
[ "$(stat -c %a "$work/live")" = 700 ] || fail "others may look into it"
nothing_left || fail "left on the host: $(left_on_host)"

# A partition in a file, in the words of a person; links of the guest lead nowhere else.
(cd "$work" && vfrt checkpoint restore --files-from "$id" --extract /up/hostname --extract /etc --extract /dev --disk xvdb)
[ "$(cat "$work/files-from-$id/etc/hostname")" = "of the guest" ] || fail "it is another file"
[ "$(readlink "$work/files-from-$id/etc/outside")" = /etc/shadow ] || fail "the link was followed"
[ ! -e "$work/files-from-$id/dev/mem" ] || fail "a device came along"
[ "$(id -u)" -ne 0 ] || [ "$(stat -c %u:%g "$work/files-from-$id/etc/hostname")" = 1234:4321 ] || fail "its owner is another one"
(cd "$work" && exits 3 vfrt checkpoint restore --files-from "$id" --extract /etc --disk xvdb)
exits 4 vfrt checkpoint restore --files-from "$id" --extract /nothing --disk xvdb --into "$work/none"
exits 3 vfrt checkpoint restore --files-from "$id" --extract /x --disk xvdb --partition 2 --into "$work/none" 2>"$work/err"
grep -q 'partition 2 is swap space' "$work/err" || fail "it is not said why: $(cat "$work/err")"
exits 2 vfrt checkpoint restore --files-from "$id" --extract /etc --into "$work/none"
[ ! -e "$work/none" ] || fail "something was made"
nothing_left || fail "left on the host: $(left_on_host)"

# Killed in the middle: here, and there.
in_the_middle killed
killed checkpoint restore --files-from "$id"
wait "$reading" || true
eventually 60 "nothing is left on the host of a vfrt that was killed" nothing_left
[ ! -e "$work/killed" ] || fail "half of the files look like all"

in_the_middle stopped
# Not the ssh beside it: to the host all looks well, and nobody says anything.
stopped=$(vfrt_process checkpoint restore --files-from "$id")
kill -STOP "$stopped"
eventually 120 "nothing is left on the host of a vfrt that fell silent" nothing_left
kill -CONT "$stopped"
! wait "$reading" || fail "half of the files were good enough"
[ -z "$(ls -d "$work"/stopped "$work"/.stopped.part* 2>/dev/null)" ] || fail "half of the files are left"

in_the_middle robbed
on_host xen1 "pkill -KILL -f '[f]iles.sh lvm-thin'" || true
! wait "$reading" || fail "half of the files were good enough"
say "the host's program was killed: $(tail -n 2 "$work/err" | head -n 1)"
vfrt checkpoint restore --files-from "$id" --disk xvdc --extract /big --dry-run --into "$work/none"
eventually 60 "the next reading has removed what it left" nothing_left

vfrt checkpoint restore --files-from "$id" --disk xvdc --extract /big --into "$work/whole"
[ "$(stat -c %s "$work/whole/big")" -eq $((150 << 20)) ] || fail "it is not whole"
goes_on web1
records_agree web1

# What there is no snapshot of.
vfrt checkpoint create web1 --disks none
exits 3 vfrt checkpoint restore --files-from "$(newest_id web1)" --extract /ring --into "$work/none"
