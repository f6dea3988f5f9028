#!/bin/bash
# Disks of a classic volume of LVM by a hook of the site: checkpoint, restore, recover by policy, a copy, a vfrt that is killed, and what is removed in the end.
#   VFRT_KILLS  how often vfrt is killed (default 3)
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

kills=${VFRT_KILLS:-3}
hook=$work/classic-lvm
printf '#!/bin/sh\nVFRT_HOOK_SSH="%s/scripts/xenlab ssh xen1" exec "%s/docs/examples/disk-hooks/classic-lvm" "$@"\n' "$tree" "$tree" >"$hook"
chmod 755 "$hook"

# Labels of checkpoints' states, without what restores have kept.
states() { on_host xen1 "lvs --noheadings -o lv_tags @vfrt-hook 2>/dev/null | grep -o 'vfrt-hook.label=[0-9][^,]*' | cut -d= -f2 | cut -d. -f1 | sort" || true; }
no_orphans() {
    local known
    known=$(vfrt checkpoint list -o json | python3 -c 'import json,sys; print("\n".join(c["id"] for c in json.load(sys.stdin)["checkpoints"] if c["disks"]))' | sort)
    [ "$(states)" = "$known" ] || fail "states on the host: '$(states)', of checkpoints: '$known'"
    say "each state belongs to a checkpoint"
}
destroyed() { on_host xen1 virsh -q -c xen:///system destroy "$1" 2>/dev/null || true; }
works_on() { goes_on "$1" && memory_is_right "$1" && records_agree "$1"; }
# shellcheck disable=SC2120 # through 'says' and 'exits'
take() { vfrt checkpoint create classic1 --disks external --disk-hook "$hook" "$@"; }

# The host has little room, and the disk is 64 MiB.
forget_kept() { on_host xen1 "lvs --noheadings -o lv_full_name,lv_tags @vfrt-hook | awk '/label=kept-/ { print \$1 }' | xargs -r lvremove -qq -f"; }

xenlab disks xen1
guests+=(classic1)
xenlab guest stop classic1
xenlab guest start classic1 --memory 128 --disk /dev/vg0/classic --format --records 10
exits 3 vfrt checkpoint create classic1
exits 2 vfrt checkpoint create classic1 --disks external

says 'the most that disk hook .classic-lvm. may take' take --dry-run
[ ! -e "$work/state/disk-hooks" ] || fail "a dry run has noted the hook"
exits 3 take --max-pause 5s
begun=${EPOCHREALTIME/./}
take
took=$((${EPOCHREALTIME/./} - begun))
id=$(newest_id classic1)
works_on classic1
no_orphans
says 'of it for the snapshots of disks, as measured on this host' take --dry-run

# Memory and disk of one instant, by a command that is told nothing of the hook.
destroyed classic1
vfrt checkpoint restore "$id"
xenlab wait-guest classic1 120
works_on classic1
xenlab guest query classic1 recording 0
xenlab guest query classic1 unmount
destroyed classic1
disk_is_clean xen1 /dev/vg0/classic
[ -n "$(on_host xen1 'lvs --noheadings -o lv_tags @vfrt-hook' | grep label=kept-)" ] || fail "what the restore has replaced is not kept"
forget_kept

# By policy: cold, over the disk as it is.
printf 'policies:\n  classic:\n    guests: classic1\n    interval: 1h\n    disks: external\n    disk_hook: %s\n    recover: [cold-current, memory]\n' "$hook" >>"$work/vfrt.yaml"
says '^cold-current ' vfrt checkpoint recover classic1 --dry-run
vfrt checkpoint recover classic1
xenlab wait-guest classic1 240
works_on classic1
destroyed classic1
says '^memory .*on xen1 in' vfrt checkpoint recover classic1 --form memory
xenlab wait-guest classic1 120
works_on classic1
forget_kept

# A second copy, with a disk of its own.
vfrt checkpoint restore "$id" --as copy1 --paused
on_host xen1 virsh -q -c xen:///system domblklist copy1 | grep -q /dev/vg0/copy1.xvda || fail "the copy has the original's disk"
exits 3 vfrt checkpoint restore "$id" --as copy1
on_host xen1 'virsh -q -c xen:///system destroy copy1; virsh -q -c xen:///system undefine copy1'
# Its disk stays, and is nobody's to overwrite.
exits 1 vfrt checkpoint restore "$id" --as copy1 --paused
on_host xen1 lvremove -qq -f vg0/copy1.xvda
works_on classic1

for ((point = 1; point <= kills; point++)); do
    at=$(moment $took $point "$kills")
    say "SIGKILL after $at s"
    setsid "$tree/scripts/vfrt" checkpoint create classic1 --disks external --disk-hook "$hook" --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
    sleep "$at"
    killed checkpoint create classic1
    wait || true
    settled
    works_on classic1
    no_orphans
    vfrt checkpoint prune classic1 --keep-last 1
done

# A hook that fails at the instant.
broken=$work/broken
printf '#!/bin/sh\n[ "$1" != snapshot ] || { echo "no such luck" >&2; exit 1; }\nexec "%s" "$@"\n' "$hook" >"$broken"
chmod 755 "$broken"
exits 1 vfrt checkpoint create classic1 --disks external --disk-hook "$broken"
works_on classic1
no_orphans
rm "$broken"
with_errors() { "$@" 2>&1; }
says "broken' is not there, or no program" with_errors vfrt store gc
sed -i '/broken/d' "$work/state/disk-hooks"

# By policy, and then nothing of what was deleted stays.
vfrt checkpoint run || fail "the policy's checkpoint was not taken"
vfrt checkpoint list classic1 -o json | python3 -c 'import json,sys; print("\n".join(c["id"] for c in json.load(sys.stdin)["checkpoints"]))' \
    | xargs "$tree/scripts/vfrt" --config "$work/vfrt.yaml" checkpoint delete --yes --even-the-last
[ -z "$(states)" ] || fail "states are left: $(states)"
vfrt store gc
forget_kept
[ -z "$(on_host xen1 'lvs --noheadings -o lv_name @vfrt-hook')" ] || fail "left: $(on_host xen1 'lvs -o lv_name,lv_tags @vfrt-hook')"
