#!/bin/bash
# The main job: a checkpoint of a guest that counts and writes memory; the guest is gone; the other host brings it back as it was at
# the checkpoint, with the same address and every byte of its memory.
#
# It powers off by itself. libxl reports a domain's shutdown once, and a capture's suspend uses that up (bug E): libvirt must notice
# all the same, and Xen let go of the domain.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web1 --memory 128 --load busy
before=$(count web1)
vfrt checkpoint create web1
after=$(count web1)
goes_on web1
memory_is_right web1
eventually 60 "the guest counts well past the checkpoint" bash -c "[ \"\$($tree/scripts/xenlab guest query web1 count | tr -dc 0-9)\" -gt $((after + 100)) ]"
exits 3 vfrt checkpoint restore web1 --to xen2

xenlab guest query web1 poweroff || true
eventually 60 "libvirt notices the poweroff" libvirt_says xen1 web1 "shut off"
gone_from_xen() { ! on_host xen1 xl list | grep -qw web1; }
eventually 60 "xen does not know the guest any more" gone_from_xen
vfrt checkpoint verify --all
vfrt checkpoint restore web1 --to xen2
restored=$(count web1)
say "the counter was $before before the checkpoint, $after after it, and is $restored on xen2"
[ "$restored" -ge "$before" ] || fail "the guest is older than the checkpoint"
# It lost what it did after the checkpoint: a counter that went on from the destroyed guest's would be beyond this.
libvirt_says xen2 web1 running || fail "xen2 says '$(virsh_state xen2 web1)'"
libvirt_says xen1 web1 "shut off" || fail "xen1 says '$(virsh_state xen1 web1)'"
goes_on web1
memory_is_right web1
