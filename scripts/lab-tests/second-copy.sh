#!/bin/bash
# A second copy beside the running original: new name, UUID and MAC address; paused when asked for.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web7 --memory 128
guests+=(drill7)
vfrt checkpoint create web7
vfrt checkpoint restore web7 --as drill7 --to $there --paused
libvirt_says $there drill7 paused || fail "$there says '$(virsh_state $there drill7)'"
original=$(on_host $here virsh -q -c xen:///system dumpxml web7)
copy=$(on_host $there virsh -q -c xen:///system dumpxml drill7)
for element in uuid "mac address"; do
    [ "$(grep -m1 "<$element" <<<"$original")" != "$(grep -m1 "<$element" <<<"$copy")" ] || fail "the copy has the original's $element"
done
on_host $there virsh -q -c xen:///system destroy drill7
goes_on web7
