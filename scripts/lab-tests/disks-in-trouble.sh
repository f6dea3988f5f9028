#!/bin/bash
# Snapshots of disks when things go wrong at the worst moment: vfrt is killed, LVM fails, the thin pool is full, a snapshot is gone, a restore breaks.
# The guest runs on, nothing is lost, and no snapshot stays that belongs to nothing.
#   VFRT_KILLS     how often vfrt is killed (default 10)
#   VFRT_TROUBLES  which parts are run (default all, in this order): programs kills full fills classic copy restore gone
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

kills=${VFRT_KILLS:-10}
read -ra parts <<<"${VFRT_TROUBLES:-programs kills full fills classic copy restore gone}"

snapshots() { on_host xen1 '{ lvs --noheadings -o lv_name vg0; ls /srv/images/.vfrt-snapshots; } 2>/dev/null | tr -d " " | grep vfrt-2 || true'; }
no_orphans() {
    local known found
    known=$(vfrt checkpoint list -o json | python3 -c 'import json,sys; print("\n".join(d["snapshot"].split("/")[-1] for c in json.load(sys.stdin)["checkpoints"] for d in c["disks"]))' | sort)
    found=$(snapshots | sort)
    [ "$found" = "$known" ] || fail "snapshots on the host: '$found', of checkpoints: '$known'"
    [ -z "$(on_host xen1 'dmsetup info -c --noheadings -o name,suspended | grep Suspended')" ] || fail "a device is suspended"
    say "each snapshot belongs to a checkpoint"
}
# fails_once NAME: the host's program of that name fails until it is mended.
broken_program() { on_host xen1 "printf '#!/bin/sh\necho \"$1: no such luck\" >&2\nexit 5\n' > /usr/local/sbin/$1 && chmod 755 /usr/local/sbin/$1"; }
mended_program() { on_host xen1 "rm -f /usr/local/sbin/$1"; }
works_on() { goes_on "$1" && memory_is_right "$1" && records_agree "$1"; }

programs() {
    local program
    for program in lvcreate cp; do
        broken_program $program
        exits 1 vfrt checkpoint create web1
        mended_program $program
        works_on web1
        no_orphans
    done
}

kills() {
    local point at
    for ((point = 1; point <= kills; point++)); do
        at=$(moment $took $point "$kills")
        say "SIGKILL after $at s"
        setsid "$tree/scripts/vfrt" checkpoint create web1 --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
        sleep "$at"
        killed checkpoint create web1
        wait || true
        settles web1 || settles web1 || fail "the next commands did not settle it"
        works_on web1
        eventually 60 "the host has let go of what was taken" eval '(no_orphans)'
    done
}

# A pool that is nearly full is not made fuller.
full() {
    on_host xen1 'lvcreate -qq -y --thin -V 4g --thinpool vg0/pool -n filler && dd if=/dev/zero of=/dev/vg0/filler bs=1M count=2950 conv=fsync status=none || true'
    exits 3 vfrt checkpoint create web1
    on_host xen1 'lvremove -qq -f vg0/filler'
    works_on web1
}

# A pool that runs full while a checkpoint is being taken. The guest's writes wait then, with or without vfrt; when there is room again it goes on, and
# whether there is a checkpoint or none, nothing is left half-way. Without the timeout of the kernel, so that no write fails.
fills() {
    local taken code=0
    on_host xen1 'echo 0 >/sys/module/dm_thin_pool/parameters/no_space_timeout
        lvcreate -qq -y --thin -V 64m --thinpool vg0/pool -n ballast && dd if=/dev/zero of=/dev/vg0/ballast bs=1M count=64 conv=fsync status=none
        lvcreate -qq -y --thin -V 4g --thinpool vg0/pool -n filler && dd if=/dev/zero of=/dev/vg0/filler bs=1M count=2700 conv=fsync status=none'
    setsid "$tree/scripts/vfrt" checkpoint create web1 --config "$work/vfrt.yaml" >"$work/said" 2>&1 &
    taken=$!
    sleep "$(moment $took 1 3)"
    on_host xen1 'setsid dd if=/dev/zero of=/dev/vg0/filler bs=1M seek=2700 count=1000 oflag=direct >/dev/null 2>&1 </dev/null &'
    eventually 120 "the pool is full" on_host xen1 'lvs --noheadings -o data_percent vg0/pool | grep -q 100.00'
    kill -0 $taken 2>/dev/null && say "it ran full in the middle of the checkpoint"
    wait $taken || code=$?
    cat "$work/said"
    say "the checkpoint ended with $code, the guest is '$(virsh_state xen1 web1)'"
    on_host xen1 'lvremove -qq -f vg0/ballast; pkill -KILL -f of=/dev/vg0/filler; for i in $(seq 60); do lvremove -qq -f vg0/filler && break; sleep 1; done'
    case $code in 0 | 1 | 3 | 75) ;; *) fail "it ended with $code" ;; esac
    settles web1 || settles web1 || fail "the next commands did not settle it"
    works_on web1
    eventually 60 "the host has let go of what was taken" eval '(no_orphans)'
}

# A host whose volume of that kind copies before it writes.
classic() {
    guests+=(classic1)
    xenlab guest start classic1 --memory 128 --disk /dev/vg0/classic --format
    exits 3 vfrt checkpoint create classic1
    vfrt checkpoint create classic1 --disks none
    xenlab guest stop classic1
}

# A second copy beside the original, with disks of its own.
copy() {
    vfrt checkpoint restore web1 --as copy1 --paused
    on_host xen1 virsh -q -c xen:///system domblklist copy1 | grep -q /dev/vg0/copy1.xvda || fail "the copy has the original's disk"
    exits 3 vfrt checkpoint restore web1 --as copy1
    on_host xen1 virsh -q -c xen:///system destroy copy1
    on_host xen1 'virsh -q -c xen:///system undefine copy1; lvremove -qq -f vg0/copy1.xvda; rm -f /srv/images/copy1.xvdb.img'
    works_on web1
}

# A restore that is killed leaves the disks as they were, or the guest running.
restore() {
    local id left
    id=$(newest_id web1)
    on_host xen1 virsh -q -c xen:///system destroy web1
    setsid "$tree/scripts/vfrt" checkpoint restore "$id" --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
    eventually 120 "the disk of then is in its place" on_host xen1 'lvs --noheadings -o lv_name vg0 | grep -q web1.vfrt-kept'
    killed checkpoint restore "$id"
    wait || true
    settled
    if ! libvirt_says xen1 web1 running; then
        left=$(on_host xen1 'lvs --noheadings -o lv_name vg0 | grep kept || true')
        [ -z "$left" ] || fail "what was replaced was not put back: $left"
        vfrt checkpoint restore "$id"
    fi
    works_on web1
}

# Without its snapshot memory alone is not restored.
gone() {
    local id snapshot
    id=$(newest_id web1)
    on_host xen1 virsh -q -c xen:///system destroy web1
    snapshot=$(vfrt checkpoint show "$id" -o json | python3 -c 'import json,sys; print([d["snapshot"] for d in json.load(sys.stdin)["checkpoint"]["disks"] if "/dev" in d["path"]][0])')
    on_host xen1 lvremove -qq -f "$snapshot"
    exits 3 vfrt checkpoint restore "$id"
}

xenlab disks xen1
start_guest web1 --memory 128 --disk /dev/vg0/web1,64 --disk /srv/images/web1.img,64 --records 10
vfrt checkpoint create web1
begun=${EPOCHREALTIME/./}
vfrt checkpoint create web1
took=$((${EPOCHREALTIME/./} - begun))
no_orphans

for part in "${parts[@]}"; do "$part"; done
